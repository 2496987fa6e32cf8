package form

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"waijiao/internal/locale"
)

// BodyError says what is wrong with a JSON body.
type BodyError struct {
	Field   string // the key at fault; empty for the body as a whole
	Message locale.Text
}

// Error returns the English message.
func (e *BodyError) Error() string { return e.Message.EN }

// BindJSON reads the answers from a JSON object of field names and values: a
// string, a number, true or false for a consent, a list of strings for
// choices, a list of objects for a group, null for no answer. It cleans them as
// Bind does. Names that begin with an underscore are passed over. An unknown
// name, one that stands twice, a value of another kind and a file are errors,
// always a *BodyError, which names the key at the top of the body.
func (f *Form) BindJSON(body []byte) (Answers, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	values, seen := url.Values{}, map[string]bool{}
	err := members(d, func(name string, raw json.RawMessage) error {
		if strings.HasPrefix(name, "_") {
			return nil
		}
		x := f.Field(name)
		switch {
		case x == nil || strings.Contains(name, "."):
			return &BodyError{name, locale.Tf("表单没有“%s”这个字段", "the form has no field %q", name)}
		case seen[name]:
			return &BodyError{name, twice(name)}
		}
		seen[name] = true
		if x.Type == Group {
			return x.rowsFromJSON(raw, values)
		}
		got, bad := x.fromJSON(name, raw)
		if !bad.IsZero() {
			return &BodyError{name, bad}
		}
		values[name] = got
		return nil
	})
	if err == nil {
		if _, end := d.Token(); end != io.EOF {
			err = fmt.Errorf("something follows it")
		}
	}
	var known *BodyError
	switch {
	case errors.As(err, &known):
		return Answers{}, known
	case err != nil:
		return Answers{}, &BodyError{Message: locale.Tf("正文不是一个 JSON 对象：%v", "the body is not a JSON object: %v", err)}
	}
	return f.Bind(values, nil), nil
}

func twice(name string) locale.Text {
	return locale.Tf("“%s”出现了两次", "%q appears twice", name)
}

// members gives every name and value of the object that comes next, in order.
func members(d *json.Decoder, each func(name string, raw json.RawMessage) error) error {
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return fmt.Errorf("it must begin with {")
	}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return err
		}
		name, _ := t.(string)
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return err
		}
		if err := each(name, raw); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

// rowsFromJSON reads the rows of a group as Bind takes them from a POST.
func (x *Field) rowsFromJSON(raw json.RawMessage, values url.Values) error {
	var rows []json.RawMessage
	if err := json.Unmarshal(raw, &rows); err != nil {
		return &BodyError{x.Name, locale.Tf("“%s”应当是一个列表，每一项是一个 JSON 对象", "%q must be a list of JSON objects", x.Name)}
	}
	if len(rows) > mostRows+1 {
		rows = rows[:mostRows+1] // enough to be one too many
	}
	for i, r := range rows {
		name := rowName(x.Name, i+1)
		seen := map[string]bool{}
		err := members(json.NewDecoder(bytes.NewReader(r)), func(key string, raw json.RawMessage) error {
			at := name + "." + key
			var y *Field
			for _, one := range x.Fields {
				if one.Name == key {
					y = one
				}
			}
			switch {
			case y == nil:
				return &BodyError{x.Name, locale.Tf("表单没有“%s”这个字段", "the form has no field %q", at)}
			case seen[key]:
				return &BodyError{x.Name, twice(at)}
			}
			seen[key] = true
			got, bad := y.fromJSON(at, raw)
			if !bad.IsZero() {
				return &BodyError{x.Name, bad}
			}
			values[at] = got
			return nil
		})
		var known *BodyError
		if err != nil && !errors.As(err, &known) {
			err = &BodyError{x.Name, locale.Tf("“%s”应当是一个 JSON 对象", "%q must be a JSON object", name)}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// fromJSON reads the value of one field; name is for the words about a wrong
// one.
func (x *Field) fromJSON(name string, raw json.RawMessage) (out []string, bad locale.Text) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, locale.Tf("“%s”的值读不懂：%v", "the value of %q cannot be read: %v", name, err)
	}
	if x.Type == Upload && v != nil {
		return nil, locale.T("JSON 里不能带文件，请用 multipart/form-data 提交", "files cannot be sent as JSON: use multipart/form-data")
	}
	ok := false
	switch v := v.(type) {
	case nil:
		ok = true
	case string:
		out, ok = []string{v}, true
	case json.Number:
		out, ok = []string{v.String()}, x.Type == Number
	case bool:
		if ok = x.Type == Consent; v {
			out = []string{"yes"}
		}
	case []any:
		ok = x.Type == SomeOf
		for _, item := range v {
			s, isText := item.(string)
			ok = ok && isText
			out = append(out, s)
		}
	}
	if !ok {
		return nil, locale.Tf("“%s”的值类型不对", "the value of %q is of the wrong kind", name)
	}
	return out, locale.Text{}
}
