package courier

import (
	"errors"
	"fmt"
	"slices"
)

// Refusal is a verdict on one mail.
type Refusal struct {
	Permanent bool
	// Reply is what the other side said, in one line.
	Reply string

	// stage is the command that was answered, or empty where none was.
	stage string
}

func (r *Refusal) Error() string { return "courier: refused: " + r.Reply }

// Unanswered means that the other side had begun to take the message and has
// not said what became of it.
type Unanswered struct{ Err error }

func (u *Unanswered) Error() string { return "courier: no answer to the message: " + u.Err.Error() }

func (u *Unanswered) Unwrap() error { return u.Err }

// trouble is a fault of the relay, or of the way to it. It judges nobody.
type trouble struct {
	stage string
	err   error
}

func (t *trouble) Error() string { return t.stage + ": " + t.err.Error() }

func (t *trouble) Unwrap() error { return t.err }

// The stages that judge a mail.
const (
	stageMail = "MAIL"
	stageRcpt = "RCPT"
	stageData = "DATA"
	stageDot  = "the end of the message"
)

// blame says that an answer is not the one we hoped for, and judges nobody.
func blame(stage string, r reply) error {
	return &trouble{stage, fmt.Errorf("the relay answers %s", r)}
}

// judge makes an error of an answer that is not the one we hoped for, by the
// rules in the package's comment.
func judge(stage string, r reply) error {
	if r.code < 400 || slices.Contains([]int{421, 521, 530, 534, 535, 538}, r.code) {
		return blame(stage, r)
	}
	if subject, detail := r.enhanced(); subject == 7 && detail >= 8 && detail <= 14 {
		return blame(stage, r)
	}
	if stage == stageMail && slices.Contains([]int{432, 454, 503}, r.code) {
		return blame(stage, r)
	}
	return &Refusal{Permanent: r.code >= 500, Reply: r.String(), stage: stage}
}

// stale tells whether the fault of a used connection may be its age, so that
// the mail is worth a fresh one. A relay that has had enough of a connection
// says 421, closes it, or refuses the next MAIL for now.
func stale(err error) bool {
	var refusal *Refusal
	if errors.As(err, &refusal) {
		return !refusal.Permanent && refusal.stage == stageMail
	}
	var fault *trouble
	return errors.As(err, &fault) && fault.stage != stageDot
}
