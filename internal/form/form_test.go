package form_test

import (
	"bytes"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"waijiao/internal/form"
	"waijiao/internal/locale"
)

func env() form.Env {
	return form.Env{
		SiteName: locale.T("杭州市外教资源服务网", "Hangzhou Foreign Teacher Resource Service Network"),
		Office:   locale.T("服务中心", "the centre"),
		Districts: []form.Choice{
			{Value: "330102", Label: locale.T("上城区", "Shangcheng")},
			{Value: "330106", Label: locale.T("西湖区", "Xihu")},
		},
		MailLimit: 20 << 20,
	}
}

// now is a Sunday in November, four in the afternoon in London and already
// Monday in Beijing.
func now() time.Time { return time.Date(2026, 11, 22, 16, 30, 0, 0, time.UTC) }

func hiring(t testing.TB) *form.Form {
	t.Helper()
	src, err := os.ReadFile("../../content/forms/hiring-request.yaml")
	if err != nil {
		t.Fatal(err)
	}
	f, problems := form.Parse("forms/hiring-request.yaml", src, env())
	if len(problems) > 0 {
		var b strings.Builder
		_ = problems.Write(&b, locale.EN)
		t.Fatal(b.String())
	}
	return f
}

// good is a request that can be sent.
func good() url.Values {
	return url.Values{
		"school_name": {"示例小学 01"}, "uscc": {"91350100M000100Y43"}, "district": {"330106"}, "school_stages": {"primary"}, "ownership": {"public"},
		"contact_name": {"示例教师 001"}, "contact_post": {"教务处"}, "office_phone": {"+44 20 7946 0000"}, "email": {"office@example.org"},
		"post_type": {"full-time"}, "hours": {"16"}, "subjects": {"english"}, "teaching_stages": {"primary"}, "teachers": {"2"},
		"start_date": {"2027-02-15"}, "end_date": {"2028-01-31"}, "housing": {"provided"}, "consent_processing": {"yes"},
	}
}

func draw(t testing.TB, f *form.Form, v form.View) string {
	t.Helper()
	var b bytes.Buffer
	if err := f.Draw(&b, v); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTheHiringRequestCanBeSent(t *testing.T) {
	f := hiring(t)
	if faults := f.Validate(f.Bind(good(), nil), now()); len(faults) > 0 {
		t.Fatalf("%+v", faults)
	}
}

// The office looks for a match by the lessons a week, whatever the post.
func TestEveryKindOfPostNeedsItsHours(t *testing.T) {
	f := hiring(t)
	for _, kind := range f.Field("post_type").Choices {
		in := good()
		in.Set("post_type", kind.Value)
		in.Set("zone_name", "示例片区 1")
		in.Set("sharing_schools", "示例小学 02")
		in.Del("hours")
		if faults := f.Validate(f.Bind(in, nil), now()); len(faults) != 1 || faults[0].Field != "hours" {
			t.Errorf("%s: %+v", kind.Value, faults)
		}
	}
}
