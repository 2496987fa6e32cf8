package doctor

import (
	"context"
	"errors"
	"time"

	"filippo.io/age"

	"waijiao/intake/internal/desk"
	"waijiao/intake/internal/outbox"
	"waijiao/intake/internal/seal"
	"waijiao/internal/locale"
)

// Box is what is asked of the outbox.
type Box interface {
	Check(ctx context.Context) error
	Count(ctx context.Context, now time.Time) (outbox.Counts, error)
	List(ctx context.Context, f outbox.Filter) ([]outbox.Entry, error)
	ByReference(ctx context.Context, reference string) (outbox.Submission, error)
	Get(ctx context.Context, name string) ([]byte, error)
}

// Store examines whether the outbox can be written durably, and what in it
// waits for somebody.
func Store(ctx context.Context, box Box, now time.Time) []Finding {
	const name = "store"
	broken := locale.T("请检查磁盘和 --store；PostgreSQL 须保持 fsync、synchronous_commit 和 full_page_writes 开启。", "Check the disk and --store; PostgreSQL has to keep fsync, synchronous_commit and full_page_writes on.")
	if err := box.Check(ctx); err != nil {
		return []Finding{wrong(name, locale.Tf("存储不可靠：%v", "the store cannot be relied on: %v", err), broken)}
	}
	c, err := box.Count(ctx, now)
	if err != nil {
		return []Finding{wrong(name, locale.Tf("存储读不到：%v", "the store cannot be read: %v", err), broken)}
	}
	total := 0
	for _, n := range c.Submissions {
		total += n
	}
	out := []Finding{fine(name, locale.Tf("可靠，共%s件，待发邮件%s封。", "sound; submissions: %s, mails that wait: %s.", locale.Number(total), locale.Number(c.Mails[outbox.Queued])))}
	if n := c.Mails[outbox.Dead]; n > 0 {
		out = append(out, warn("dead", locale.Tf("有%s封邮件被退，不再重试。", "mails that were refused for good: %s.", locale.Number(n)),
			locale.T("intake list --dead 显示原因；改正之后用 intake retry 重发。", "intake list --dead shows why; when that is mended, intake retry sends them again.")))
	}
	if n := c.Submissions[outbox.Held]; n > 0 {
		out = append(out, warn("held", locale.Tf("有%s件被拦下，还没有人看。", "submissions that were set aside and wait for a person: %s.", locale.Number(n)),
			locale.T("intake list --status held 列出来；用 intake release 放行，或用 intake mark 编号 closed 弃置。", "intake list --status held shows them; intake release lets one go, intake mark REF closed discards it.")))
	}
	if wait := now.Sub(c.OldestQueued); !c.OldestQueued.IsZero() && wait > 24*time.Hour {
		out = append(out, warn("waiting", locale.Tf("最早的一封邮件已经等了%d小时。", "the oldest mail has waited for %d hours.", int(wait.Hours())),
			locale.T("请检查邮件服务器，确认服务正在运行；intake list --queued 显示最近一次的回答。", "Look at the mail relay, and see that the server runs; intake list --queued shows the relay's last reply.")))
	}
	return out
}

// tried is how many of the newest submissions the delivery key is tried on.
const tried = 20

// Delivery examines whether the delivery key opens the newest of those
// submissions that are sealed to it.
func Delivery(ctx context.Context, box Box, ids []age.Identity) []Finding {
	const name = "delivery-key"
	entries, err := box.List(ctx, outbox.Filter{})
	if err != nil {
		return []Finding{wrong(name, locale.Tf("存储读不到：%v", "the store cannot be read: %v", err), locale.Text{})}
	}
	opened := 0
	for i := len(entries) - 1; i >= max(0, len(entries)-10*tried) && opened < tried; i-- {
		ref := entries[i].Reference
		sub, err := box.ByReference(ctx, ref)
		if errors.Is(err, outbox.ErrNotFound) || err == nil && len(sub.DeliveryWrap) == 0 {
			continue
		}
		if err != nil {
			return []Finding{wrong(name, locale.Tf("%s 读不到：%v", "%s cannot be read: %v", ref, err), locale.Text{})}
		}
		key, err := seal.Unwrap(sub.DeliveryWrap, ids...)
		if errors.Is(err, seal.ErrWrongKey) {
			return []Finding{wrong(name, locale.Tf("投递密钥打不开 %s：它的邮件寄不出去。", "the delivery key does not open %s: its mails cannot go out.", ref),
				locale.T("请把原来的密钥加进密钥文件，写在新密钥下面。", "Add the former key to the key file, below the new one."))}
		}
		if err == nil {
			_, err = desk.OpenRecord(sub, key)
		}
		if err != nil {
			return []Finding{wrong(name, locale.Tf("%s 的内容已损坏：%v", "the contents of %s are damaged: %v", ref, err), locale.T("请从备份恢复，并检查磁盘。", "Restore it from a backup, and check the disk."))}
		}
		opened++
	}
	if opened == 0 {
		return []Finding{fine(name, locale.T("可以读取；还没有可试的表单。", "can be read; there is no submission yet to try it on."))}
	}
	return []Finding{fine(name, locale.Tf("打开了最近的%d件。", "opens the newest submissions (%d tried).", opened))}
}
