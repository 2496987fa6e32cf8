package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"

	"waijiao/intake/internal/outbox"
	"waijiao/intake/internal/seal"
)

// belongs finds, before anybody is served, that the secret or the delivery key
// is not the one with which the store was filled: every link would be dead, or
// every mail would wait, without anybody being told.
func (p *place) belongs(ctx context.Context, newSecret bool) error {
	if err := p.sameSecret(ctx, newSecret); err != nil {
		return err
	}
	queued, err := p.box.List(ctx, outbox.Filter{Queued: true, Limit: 1})
	if err != nil || len(queued) == 0 {
		return err
	}
	sub, err := p.box.ByReference(ctx, queued[0].Reference)
	switch {
	case errors.Is(err, outbox.ErrNotFound):
		return nil // erased since
	case err != nil:
		return err
	}
	if _, err := seal.Unwrap(sub.DeliveryWrap, p.keys.Delivery...); errors.Is(err, seal.ErrWrongKey) {
		return trouble("投递密钥打不开待发的邮件，它不是封存时用的那一把。请换回原来的密钥文件；如果换过密钥，把旧的一行也写进文件，新的写在前面",
			"the delivery key does not open the mails that wait: it is not the one they were sealed to. Bring the right file back; where the key was changed, keep the old one in the file too, below the new one")
	}
	return nil
}

// sameSecret compares the secret with the fingerprint that the store keeps, and
// leaves the fingerprint at the first start. Several instances on one store
// need one secret.
func (p *place) sameSecret(ctx context.Context, changed bool) error {
	const name = "secret's fingerprint"
	mac := hmac.New(sha256.New, p.secret)
	mac.Write([]byte("fingerprint"))
	ours := mac.Sum(nil)
	known, err := p.box.Get(ctx, name)
	if err != nil {
		return err
	}
	if known != nil && !bytes.Equal(known, ours) && !changed {
		return trouble("服务器密钥不是这个存储用过的那一把。请检查 --secret；几个实例共用一个存储时，要用同一把。如果是有意更换，请带 --new-secret 启动一次：以前邮件里的链接将全部失效，凭邮箱也查不到以前的表单",
			"the server's secret is not the one that this store knows. Check --secret; several instances on one store need the same. If it was changed on purpose, start once with --new-secret: then no link in earlier mails works any more, and no earlier form is found by its e-mail address")
	}
	if bytes.Equal(known, ours) {
		return nil
	}
	return p.box.Put(ctx, name, ours)
}
