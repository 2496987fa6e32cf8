package main

import (
	"bufio"
	"bytes"
	"net/http"
	"os"
	"testing"
	"time"

	"waijiao/internal/form"
	"waijiao/internal/locale"
)

// What is measured must be a form that is really accepted.
func TestTheFormIsFilledInWell(t *testing.T) {
	src, err := os.ReadFile("../../content/forms/" + formID + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	f, problems := form.Parse("forms/"+formID+".yaml", src, form.Env{Districts: []form.Choice{{Value: "330106", Label: locale.T("西湖区", "Xihu District")}}})
	if len(problems) > 0 {
		t.Fatal(problems[0].Message.EN)
	}
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, locale.Beijing())
	r, err := newRequest("127.0.0.1:8080", now, map[string]string{"_stamp": "s", "_version": f.Version, "_key": "ours is another"})
	if err != nil {
		t.Fatal(err)
	}
	r.fill(1234567)
	got, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(r.bytes)))
	if err != nil {
		t.Fatal(err)
	}
	if err := got.ParseMultipartForm(1 << 20); err != nil {
		t.Fatal(err)
	}
	v := got.MultipartForm.Value
	if v["_key"][0] != "bench-0001234567" || v["email"][0] != "bench0001234567@example.org" || v["_stamp"][0] != "s" {
		t.Errorf("%v", v)
	}
	if faults := f.Validate(f.Bind(v, nil), now); len(faults) > 0 {
		t.Errorf("%+v", faults)
	}
	v["uscc"][0] = "123301000000000000"
	if faults := f.Validate(f.Bind(v, nil), now); len(faults) != 1 {
		t.Errorf("a fault is not found: %+v", faults)
	}
}
