package form

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
)

// Encode writes the whole definition as form.json: UTF-8 JSON, the same bytes
// for the same definition. Decode reads it.
func (f *Form) Encode() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(f); err != nil {
		return nil, fmt.Errorf("form %s: %w", f.ID, err)
	}
	return b.Bytes(), nil
}

// hash is the version that the definition ought to have.
func (f *Form) hash() (string, error) {
	bare := *f
	bare.Version = ""
	b, err := bare.Encode()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])[:12], nil
}

// Decode reads what Encode wrote. It believes nothing: a key that it does not
// know (from a newer generator), a definition that Parse would have refused,
// and a version that does not belong to the rest are errors.
func Decode(b []byte) (*Form, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	f := &Form{}
	if err := d.Decode(f); err != nil {
		return nil, fmt.Errorf("form.json: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("form.json: something follows the definition")
	}
	if found := f.check(); len(found) > 0 {
		return nil, fmt.Errorf("form.json: %s: %s", found[0].path, found[0].message.EN)
	}
	if u, err := url.Parse(f.Env.BaseURL); f.Env.BaseURL != "" &&
		(err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.Scheme+"://"+u.Host != f.Env.BaseURL) {
		return nil, fmt.Errorf("form.json: %q is not the address of a site", f.Env.BaseURL)
	}
	var outside string
	f.definitions(func(x, _ *Field) {
		if l := x.Limits; l.MaxLength < 0 || l.MaxLength > 20_000 ||
			l.MaxLength == 0 && oneOf(x.Type, Text, Textarea, Email, Phone, Number) || l.Files == 0 && x.Type == Upload {
			outside = x.Name
		}
	})
	if outside != "" {
		return nil, fmt.Errorf("form.json: the limits of %s are out of range", outside)
	}
	want, err := f.hash()
	if err != nil {
		return nil, err
	}
	if f.Version != want {
		return nil, fmt.Errorf("form.json: the version is %q where the definition makes %q: it was changed after it was published", f.Version, want)
	}
	f.made = prepare(f)
	return f, nil
}
