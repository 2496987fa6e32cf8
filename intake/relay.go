package main

import (
	"context"
	"log/slog"
	"time"

	"waijiao/intake/internal/courier"
	"waijiao/intake/internal/mail"
)

// askTime bounds how long the relay may take to say what it takes.
const askTime = 30 * time.Second

// askRelay learns the size of the largest mail that the relay takes, and warns
// of each published form that can become a larger one.
func askRelay(ctx context.Context, relay *courier.SMTP, writer mail.Writer, site string, log *slog.Logger) {
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
	for _, f := range published(site, log) {
		if largest := writer.Largest(f.LargestMail()); largest > takes {
			log.Warn("a form can become a larger mail than the relay takes, and is then refused to whoever sends it; lower size or files in the form, or raise the relay's limit",
				"form", f.ID, "mail_bytes", largest, "relay_bytes", takes)
		}
	}
}
