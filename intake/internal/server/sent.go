package server

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"waijiao/intake/internal/listen"
	"waijiao/intake/internal/uploads"
	"waijiao/internal/form"
)

const (
	// valuesLimit bounds everything that was typed, in bytes.
	valuesLimit = 2 << 20
	// smallValues is how much of it every post may hold in memory. Few hold
	// more, and so they may be few at the same time.
	smallValues = 64 << 10
	// partsLimit bounds the parts of a multipart body, headLimit the header of
	// one, in bytes; package multipart would take ten megabytes.
	partsLimit = 1000
	headLimit  = 64 << 10
	// spare is how much of files that are too large is read and thrown away,
	// so that the person gets the page back with everything else kept.
	spare = 64 << 20
)

// sent is what came with a POST.
type sent struct {
	values url.Values
	json   []byte // the body, where that is JSON
	files  map[string][]form.File
	stored map[string]uploads.File // the files' bytes, by id
	kept   map[string][]form.File  // of those, what an earlier request brought
	rows   form.Rows               // where a row more or less is asked for
	batch  *uploads.Batch
	key    string // the idempotency key, or empty
	digest []byte
	// trouble is a fault of our disk. The rest is read all the same, so that
	// the person gets back what was typed.
	trouble error
	large   bool // holds memory for many values
}

// limits returns how many bytes of files the form takes at most.
func limits(f *form.Form) int64 {
	var n int64
	for x := range f.Fields() {
		if x.Type == form.Upload {
			n += int64(x.Limits.Files) * x.Limits.Size
		}
	}
	return n
}

// parse reads the body. What it stored is removed by in.batch.End. A non-nil
// refusal is the answer to give instead.
func (v *visit) parse(f *form.Form) (in *sent, no *refusal) {
	in = &sent{values: url.Values{}, files: map[string][]form.File{}, stored: map[string]uploads.File{}, kept: map[string][]form.File{}, batch: v.Uploads.Begin()}
	mediaType, params, err := mime.ParseMediaType(v.r.Header.Get("Content-Type"))
	var limit int64 = valuesLimit
	if mediaType == "multipart/form-data" {
		limit += limits(f) + spare
	}
	if err == nil && v.r.ContentLength <= limit {
		body := http.MaxBytesReader(v.w, v.r.Body, limit)
		switch {
		case mediaType == "multipart/form-data" && params["boundary"] != "":
			err = v.parseParts(f, in, body, params["boundary"])
		case mediaType == "application/x-www-form-urlencoded":
			var b []byte
			if b, err = v.readValues(in, body, 0); err == nil {
				in.values, err = url.ParseQuery(string(b))
			}
		case mediaType == "application/json":
			in.json, err = v.readValues(in, body, 0)
		default:
			err = errMediaType
		}
	} else if err == nil {
		err = errTooLarge
	} else {
		err = errMediaType
	}
	if err == nil {
		err = v.parseKey(in)
	}
	if err == nil {
		v.parseKept(f, in)
		in.digest = v.digest(f, in)
		return in, nil
	}
	var large *http.MaxBytesError
	answer := broken()
	switch {
	case errors.Is(err, errMediaType):
		answer = wrongType()
	case errors.Is(err, listen.ErrSlow):
		answer = tooSlow()
	case errors.Is(err, errBusy):
		answer = trouble()
	case errors.Is(err, errTooLarge) || errors.As(err, &large):
		answer = tooLarge(limits(f))
	}
	return in, &answer
}

var (
	errMediaType = errors.New("unsupported media type")
	errTooLarge  = errors.New("too large")
	errBusy      = errors.New("too many large posts at the same time")
)

// readValues reads what was typed, behind the bytes of it that came before.
func (v *visit) readValues(in *sent, r io.Reader, before int64) ([]byte, error) {
	small := max(smallValues-before, 0)
	b, err := io.ReadAll(io.LimitReader(r, small))
	if err != nil || int64(len(b)) < small {
		return b, err
	}
	if !in.large {
		if !v.large.TryAcquire(2 * valuesLimit) {
			return nil, errBusy
		}
		in.large = true
	}
	rest, err := io.ReadAll(r)
	return append(b, rest...), err
}

// end removes what a post has stored and gives back the memory that it held.
func (v *visit) end(in *sent) {
	if in.large {
		v.large.Release(2 * valuesLimit)
	}
	if err := in.batch.End(); err != nil {
		v.Log.Error("an upload cannot be removed", "error", err.Error())
	}
}

// gate lets so many bytes through and no more.
type gate struct {
	r    io.Reader
	left int64
}

func (g *gate) Read(p []byte) (int, error) {
	if g.left <= 0 {
		return 0, errTooLarge
	}
	n, err := g.r.Read(p[:min(int64(len(p)), g.left)])
	g.left -= int64(n)
	return n, err
}

func (v *visit) parseParts(f *form.Form, in *sent, body io.Reader, boundary string) error {
	g := &gate{r: body}
	r := multipart.NewReader(g, boundary)
	typed := int64(0)
	for n := 0; ; n++ {
		g.left = headLimit
		p, err := r.NextPart()
		switch {
		case err == io.EOF:
			return nil
		case err != nil && g.left <= 0:
			return errTooLarge
		case err != nil:
			return err
		}
		g.left = math.MaxInt64
		if n >= partsLimit {
			return errTooLarge
		}
		name := p.FormName()
		if fileName, isFile := dispositionName(p); isFile {
			if typed += int64(len(name)) + int64(len(fileName)); typed > valuesLimit {
				return errTooLarge
			}
			if err := v.parseFile(f, in, fileName, p); err != nil {
				return err
			}
			continue
		}
		b, err := v.readValues(in, io.LimitReader(p, valuesLimit-typed+1), typed)
		if err != nil {
			return err
		}
		if typed += int64(len(b)) + int64(len(name)); typed > valuesLimit {
			return errTooLarge
		}
		in.values.Add(name, string(b))
	}
}

// dispositionName returns the part's file name as it was sent; the second
// value tells whether the part is a file at all.
func dispositionName(p *multipart.Part) (string, bool) {
	_, params, err := mime.ParseMediaType(p.Header.Get("Content-Disposition"))
	if err != nil {
		return "", false
	}
	name, ok := params["filename"]
	return name, ok
}

// parseFile stores one file. What the form does not want, or not so large or
// so many, is read and thrown away: the body goes on behind it. A file that is
// known by name only has no type, so that it is never valid.
func (v *visit) parseFile(f *form.Form, in *sent, name string, p *multipart.Part) error {
	x := f.Field(p.FormName())
	if x == nil || x.Type != form.Upload || name == "" || in.trouble != nil {
		_, err := io.Copy(io.Discard, p)
		return err
	}
	if len(in.files[x.Name]) > 2*x.Limits.Files {
		in.files[x.Name] = append(in.files[x.Name], form.File{Name: name, Size: 1})
		_, err := io.Copy(io.Discard, p)
		return err
	}
	src := &partReader{r: p}
	up, err := in.batch.Add(x.Name, name, src, x.Limits.Size)
	switch {
	case errors.Is(err, uploads.ErrTooLarge):
		in.files[x.Name] = append(in.files[x.Name], form.File{Name: name, Size: x.Limits.Size + 1})
		_, err := io.Copy(io.Discard, p)
		return err
	case src.err != nil:
		return src.err
	case err != nil:
		in.trouble = err
		_, err := io.Copy(io.Discard, p)
		return err
	}
	v.Observer.Uploaded(up.Size)
	in.stored[up.ID] = up
	in.files[x.Name] = append(in.files[x.Name], fileOf(up))
	return nil
}

// fileOf is what the form judges of a stored file.
func fileOf(up uploads.File) form.File {
	return form.File{Name: up.Name, Type: up.Type, Size: up.Size, ID: up.ID, Refused: up.Why.Text()}
}

// partReader remembers an error of the connection.
type partReader struct {
	r   io.Reader
	err error
}

func (p *partReader) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	if err != nil && err != io.EOF {
		p.err = err
	}
	return n, err
}

// parseKey takes the key from the page or, for programs, from the header
// (draft-ietf-httpapi-idempotency-key-header: a string in quotes; without them
// it is taken too).
func (v *visit) parseKey(in *sent) error {
	in.key = in.values.Get("_key")
	if h := v.r.Header.Get("Idempotency-Key"); h != "" {
		in.key = strings.Trim(h, `"`)
	}
	if len(in.key) > 200 || strings.ContainsFunc(in.key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return errors.New("a key has up to 200 visible ASCII characters")
	}
	return nil
}

// parseKept finds the files that earlier requests of the same page brought,
// without those that are to be removed. What has ended is left out; a field
// that needs it will say so.
func (v *visit) parseKept(f *form.Form, in *sent) {
	for x := range f.Fields() {
		if x.Type != form.Upload || in.key == "" {
			continue
		}
		ids := in.values["_file."+x.Name]
		for _, id := range ids[:min(len(ids), 2*x.Limits.Files)] { // no page of ours names more
			if _, twice := in.stored[id]; twice {
				continue
			}
			if slices.Contains(in.values["_remove"], id) {
				in.trouble = errors.Join(in.trouble, v.Uploads.Remove(in.key, id))
				continue
			}
			up, err := v.Uploads.Find(in.key, id)
			switch {
			case errors.Is(err, uploads.ErrNotFound) || err == nil && up.Field != x.Name:
			case err != nil:
				in.trouble = errors.Join(in.trouble, err)
			default:
				in.stored[up.ID] = up
				in.kept[x.Name] = append(in.kept[x.Name], fileOf(up))
			}
		}
		// A new file stands behind those that were kept.
		in.files[x.Name] = append(slices.Clone(in.kept[x.Name]), in.files[x.Name]...)
	}
}

// digest tells two contents from each other without storing them. It is keyed,
// so that it cannot be used to test guesses. Kept files count by their ids,
// since their bytes are gone when the same request comes again.
func (v *visit) digest(f *form.Form, in *sent) []byte {
	mac := hmac.New(sha256.New, v.Desk.Secret)
	fmt.Fprintf(mac, "digest %q %q\n", f.ID, in.json)
	for _, name := range slices.Sorted(maps.Keys(in.values)) {
		if name != "_key" && name != "_stamp" {
			fmt.Fprintf(mac, "%q %q\n", name, in.values[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(in.files)) {
		for _, file := range in.files[name][len(in.kept[name]):] {
			fmt.Fprintf(mac, "%q %q %d %x\n", name, file.Name, file.Size, in.stored[file.ID].SHA)
		}
	}
	return mac.Sum(nil)
}

// weight is how many bytes of memory the mails of this post will take, about:
// base64 makes four bytes of three, and there is the file, the mail, its copy
// to be sealed and the sealed one. No more than there is, or it would wait for
// ever.
func (in *sent) weight(all int64) int64 {
	n := int64(1 << 20)
	for _, f := range in.stored {
		n += 6 * f.Size
	}
	return min(n, all)
}

// drop takes the files of faulty fields away, those too that an earlier
// attempt brought: nothing of them is kept for the page that is shown again.
func (v *visit) drop(in *sent, faults []form.Fault) error {
	var errs []error
	for _, x := range faults {
		for _, k := range in.kept[x.Field] {
			errs = append(errs, v.Uploads.Remove(in.key, k.ID))
		}
		delete(in.files, x.Field)
		delete(in.kept, x.Field)
	}
	return errors.Join(errs...)
}
