package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"

	"waijiao/intake/internal/desk"
	"waijiao/intake/internal/outbox"
	"waijiao/intake/internal/outbox/postgres"
	"waijiao/intake/internal/outbox/sqlite"
	"waijiao/intake/internal/seal"
	"waijiao/internal/locale"
)

// world is what a command sees of the machine.
type world struct {
	ctx     context.Context
	lang    locale.Lang
	in      io.Reader
	out     io.Writer
	errOut  io.Writer
	getenv  func(string) string
	now     func() time.Time
	random  io.Reader
	log     *slog.Logger
	ready   func(addr string) // if given, called with the address that serve has bound
	private func(addr string) // and with the private one
	// resolver is whom doctor asks about names; nil for the system's.
	resolver *net.Resolver
}

func (w *world) say(zh, en string, args ...any) {
	fmt.Fprintln(w.out, locale.Tf(zh, en, args...).In(w.lang))
}

// storeFlags are the flags of every command: where the data is, and what opens
// it.
type storeFlags struct {
	Data        string `required:"" placeholder:"DIR"`
	Store       string `placeholder:"URL"`
	DeliveryKey string `name:"delivery-key" placeholder:"FILE"`
	Secret      string `placeholder:"FILE"`
	SealTo      string `name:"seal-to" placeholder:"age1…"`
}

// place is an open store with what opens its contents.
type place struct {
	box    outbox.Store
	keys   desk.Keys
	secret []byte
}

func (p *place) close() { p.box.Close() }

// openStore opens the store that --store names, and makes it where it is new.
func (f storeFlags) openStore(ctx context.Context) (outbox.Store, error) {
	path, err := f.storePath()
	if err != nil {
		return nil, err
	}
	if path == "" {
		return postgres.Open(ctx, f.Store)
	}
	return sqlite.Open(path)
}

// storePath is the file of the store, or empty for one in PostgreSQL.
func (f storeFlags) storePath() (string, error) {
	kind, path, _ := strings.Cut(f.Store, ":")
	switch {
	case f.Store == "":
		return filepath.Join(f.Data, "outbox.db"), nil
	case kind == "sqlite" && path != "":
		return path, nil
	case kind == "postgres" || kind == "postgresql":
		if u, err := url.Parse(f.Store); err == nil && (u.Host != "" || u.Query().Get("host") != "") {
			return "", nil
		}
	}
	return "", usage("--store：应写成 sqlite:路径 或 postgres://用户@主机/数据库", "--store: write sqlite:PATH or postgres://user@host/database")
}

// openThere opens a store that must be there: whoever mistypes --data shall not
// be shown a new one with nothing in it.
func (f storeFlags) openThere(ctx context.Context) (outbox.Store, error) {
	path, err := f.storePath()
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); path != "" && errors.Is(err, fs.ErrNotExist) {
		return nil, coded("no-store", trouble("没有找到存储 %s：请检查 --data 和 --store", "the store %s is not there: check --data and --store", path))
	}
	return f.openStore(ctx)
}

// open opens the store and the keys. fresh lets what is missing be made: the
// folder, the secret, the store, the delivery key.
func (f storeFlags) open(w *world, fresh bool) (p *place, err error) {
	if fresh {
		if err := os.MkdirAll(f.Data, 0o700); err != nil {
			return nil, err
		}
	} else if _, err := os.Stat(f.Data); err != nil {
		return nil, err
	}
	p = &place{}
	if p.keys.Office, err = f.office(); err != nil {
		return nil, err
	}
	if fresh {
		if err := f.mayDraw(w.ctx); err != nil {
			return nil, err
		}
	}
	if p.secret, err = f.loadSecret(w.random, fresh); err != nil {
		return nil, err
	}
	openStore := f.openThere
	if fresh {
		openStore = f.openStore
	}
	if p.box, err = openStore(w.ctx); err != nil {
		return nil, err
	}
	if p.keys.Delivery, err = f.loadDelivery(w.ctx, p.box, fresh); err != nil {
		p.box.Close()
		return nil, err
	}
	return p, nil
}

// openBox opens the store for a command that opens nothing in it, and so needs
// no key.
func (f storeFlags) openBox(w *world) (*place, error) {
	if _, err := os.Stat(f.Data); err != nil {
		return nil, err
	}
	box, err := f.openThere(w.ctx)
	if err != nil {
		return nil, err
	}
	return &place{box: box}, nil
}

// openWith opens the store and what opens its contents: the office's secret
// keys, if there are any, and the delivery key, which may be missing then.
func (f storeFlags) openWith(w *world, office []age.Identity) (*place, error) {
	p, err := f.openBox(w)
	if err != nil {
		return nil, err
	}
	if p.keys.Delivery, err = f.loadDelivery(w.ctx, p.box, false); err != nil && len(office) == 0 {
		p.box.Close()
		return nil, err
	}
	return p, nil
}

// office is the recipient that --seal-to names, or nil.
func (f storeFlags) office() (age.Recipient, error) {
	if f.SealTo == "" {
		return nil, nil
	}
	to, err := seal.ParseRecipient(f.SealTo)
	switch {
	case errors.Is(err, seal.ErrSecretKey):
		return nil, usage("--seal-to 写的是私钥。请写对应的公钥（age1…），并立即更换这对密钥：私钥已经出现在命令行或环境变量里",
			"--seal-to holds a secret key. Give the public one (age1…) that belongs to it, and change the pair: the secret has been in a command line or environment")
	case err != nil:
		return nil, usage("--seal-to 应是 age 公钥，以 age1 开头", "--seal-to must be a public key of age, which begins with age1")
	}
	return to, nil
}

func (f storeFlags) secretPath() string { return cmp.Or(f.Secret, filepath.Join(f.Data, "secret")) }

func (f storeFlags) deliveryPath() string {
	return cmp.Or(f.DeliveryKey, filepath.Join(f.Data, "delivery.key"))
}

func (f storeFlags) loadSecret(random io.Reader, fresh bool) ([]byte, error) {
	path := f.secretPath()
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) && (!fresh || f.Secret != "") {
		return nil, trouble("没有找到 %s：请检查 --data 和 --secret", "%s is not there: check --data and --secret", path)
	}
	return loadSecret(path, random)
}

// mayDraw fails where the secret is missing and the store has something in it:
// with a new secret no link would work that was ever mailed.
func (f storeFlags) mayDraw(ctx context.Context) error {
	path := f.secretPath()
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) || f.Secret != "" {
		return nil
	}
	box, err := f.openStore(ctx)
	if err != nil {
		return err
	}
	defer box.Close()
	some, err := box.List(ctx, outbox.Filter{Limit: 1})
	if err == nil && len(some) > 0 {
		err = trouble("没有找到服务器密钥 %[1]s，而存储里已有表单。请从备份取回（intake restore 会写回它）。如果确实已经丢失，可以运行 head -c 32 /dev/urandom > %[1]s && chmod 600 %[1]s 换一把，再带 --new-secret 启动一次：以前邮件里的链接将全部失效，凭邮箱也查不到以前的表单",
			"the server's secret %[1]s is not there, and the store has forms in it. Bring it back from a backup (intake restore writes it). If it is lost for good, make another with head -c 32 /dev/urandom > %[1]s && chmod 600 %[1]s and start once with --new-secret: then no link in earlier mails works any more, and no earlier form is found by its e-mail address", path)
	}
	return err
}

// loadDelivery reads the delivery key. A new one is made only for a store that
// is empty: to make another would hide that the right one is missing.
func (f storeFlags) loadDelivery(ctx context.Context, box outbox.Store, fresh bool) ([]age.Identity, error) {
	path := f.deliveryPath()
	ids, err := seal.ReadIdentities(path)
	switch {
	case err == nil:
		return ids, nil
	case errors.Is(err, seal.ErrExposed):
		return nil, trouble("%s 可以被其他用户读取。请运行 chmod 600 %[1]s；如果别人可能已经读过，请换一把新的投递密钥", "other users can read %s. Run chmod 600 %[1]s, and if somebody may have read it, change the delivery key", path)
	case errors.Is(err, seal.ErrNoKey):
		return nil, trouble("%s 里没有 age 私钥（AGE-SECRET-KEY-…）", "%s holds no secret key of age (AGE-SECRET-KEY-…)", path)
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	counts, err := box.Count(ctx, time.Time{})
	if err != nil {
		return nil, err
	}
	stored := 0
	for _, n := range counts.Submissions {
		stored += n
	}
	if !fresh || stored > 0 {
		return nil, trouble("没有找到投递密钥 %s。没有它就读不出已收到的表单：请从备份中取回，或用 --delivery-key 指明位置",
			"the delivery key %s is not there. Without it what was accepted cannot be read: bring it back from where you keep it, or name its place with --delivery-key", path)
	}
	id, err := seal.MakeIdentity(path)
	if err != nil {
		return nil, err
	}
	return []age.Identity{id}, nil
}
