package main

import (
	"context"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"waijiao/intake/internal/mail"
	"waijiao/internal/form"
)

// askTime bounds how long the relay may take to say what it takes.
const askTime = 30 * time.Second

// askRelay learns the size of the largest mail that the relay takes, and warns
// of each published form that can become a larger one.
func askRelay(ctx context.Context, relay mail.SMTP, site string, log *slog.Logger) {
	ctx, stop := context.WithTimeout(ctx, askTime)
	defer stop()
	if err := relay.Ask(ctx); err != nil {
		if ctx.Err() != context.Canceled {
			log.Warn("the mail relay does not answer as it should; forms are accepted, and their mails wait for it", "error", err.Error())
		}
		return
	}
	takes := relay.Limit.Bytes()
	if takes == 0 {
		return
	}
	root, err := os.OpenRoot(site)
	if err != nil {
		return // the server says so at each request
	}
	defer root.Close()
	found, err := fs.Glob(root.FS(), "forms/*/form.json")
	if err != nil {
		return
	}
	for _, name := range found {
		b, err := fs.ReadFile(root.FS(), name)
		if err != nil {
			continue
		}
		f, err := form.Decode(b)
		if err != nil {
			log.Warn("a form cannot be read", "file", name, "error", err.Error())
			continue
		}
		if largest := f.LargestMail(); largest > takes {
			log.Warn("a form can become a larger mail than the relay takes, and is then refused to whoever sends it; lower size or files in the form, or raise the relay's limit",
				"form", f.ID, "mail_bytes", largest, "relay_bytes", takes)
		}
	}
}
