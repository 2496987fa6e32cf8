package main

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"slices"
	"strings"
	"time"
)

// formID is the form that is sent.
const formID = "hiring-request"

// digits is the width of the number in which requests differ.
const digits = 10

// answers is the form filled in, as a person would. Numbers stand for the
// request's own number: its key and its mailbox.
func answers(now time.Time) map[string][]string {
	day := func(n int) string { return now.AddDate(0, 0, n).Format(time.DateOnly) }
	return map[string][]string{
		"_key":               {"bench-" + number(0)},
		"school_name":        {"示例实验外国语学校（示例校区）"},
		"uscc":               {"91350100M000100Y43"},
		"district":           {"330106"},
		"school_stages":      {"primary", "junior"},
		"ownership":          {"public"},
		"contact_name":       {"示例教师 001"},
		"contact_post":       {"教务处主任"},
		"office_phone":       {"+44 20 7946 0000"},
		"email":              {"bench" + number(0) + "@example.org"},
		"post_type":          {"full-time"},
		"hours":              {"18"},
		"subjects":           {"english", "drama"},
		"teaching_stages":    {"primary", "junior"},
		"teachers":           {"2"},
		"start_date":         {day(120)},
		"end_date":           {day(480)},
		"housing":            {"provided"},
		"requirements":       {strings.Repeat("有两年以上小学或初中英语教学经验，持有教学证书，能参加学校的社团活动和教研活动。\n", 4)},
		"consent_processing": {"yes"},
	}
}

func number(n int64) string { return fmt.Sprintf("%0*d", digits, n) }

// request is a POST as a browser sends it. Two places in it hold its number.
type request struct {
	bytes        []byte
	key, mailbox int
}

// newRequest writes the request. page holds what the page carries by itself.
func newRequest(host string, now time.Time, page map[string]string) (request, error) {
	values := answers(now)
	for name, value := range page {
		if name != "_key" {
			values[name] = []string{value}
		}
	}
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	if err := w.SetBoundary("----bench7MA4YWxkTrZu0gW"); err != nil {
		return request{}, err
	}
	var names []string
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range values[name] {
			if err := w.WriteField(name, value); err != nil {
				return request{}, err
			}
		}
	}
	// A browser sends a file field that was left empty, too.
	if _, err := w.CreatePart(map[string][]string{"Content-Disposition": {`form-data; name="letter"; filename=""`}, "Content-Type": {"application/octet-stream"}}); err != nil {
		return request{}, err
	}
	if err := w.Close(); err != nil {
		return request{}, err
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "POST /forms/%s/ HTTP/1.1\r\nHost: %s\r\nOrigin: http://%[2]s\r\nSec-Fetch-Site: same-origin\r\nUser-Agent: bench\r\nAccept: text/html\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n",
		formID, host, w.FormDataContentType(), body.Len())
	out.Write(body.Bytes())
	r := request{bytes: out.Bytes()}
	r.key = bytes.Index(r.bytes, []byte("bench-"+number(0))) + len("bench-")
	r.mailbox = bytes.Index(r.bytes, []byte("bench"+number(0)+"@")) + len("bench")
	return r, nil
}

// fill gives the request its number.
func (r request) fill(n int64) {
	s := number(n)
	copy(r.bytes[r.key:], s)
	copy(r.bytes[r.mailbox:], s)
}
