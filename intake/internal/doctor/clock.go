package doctor

import (
	"context"
	"encoding/json"
	"time"

	"waijiao/intake/internal/outbox"
	"waijiao/internal/locale"
)

// Clock examines the clock: what the kernel says of it, and what the store
// remembers of its jumps. box may be nil. kernel is Synchronised, but for
// tests.
func Clock(ctx context.Context, box Box, now time.Time, kernel func() (bool, error)) []Finding {
	const name = "clock"
	out := []Finding{}
	switch even, err := kernel(); {
	case err != nil:
		out = append(out, warn(name, locale.Tf("系统不说时钟是否校准：%v", "the system does not tell whether its clock is kept right: %v", err),
			locale.T("请自行确认这台机器有校时服务。", "See for yourself that this machine has a time service.")))
	case !even:
		out = append(out, warn(name, locale.T("时钟没有与时间服务器同步。", "the clock is not synchronised."),
			locale.T("请启用校时服务，如 chrony 或 systemd-timesyncd。开放日期、保存期限和邮件都要看时钟。", "Let chrony or systemd-timesyncd keep it. Opening days, retention and mail go by the clock.")))
	}
	if box != nil {
		out = append(out, remembered(ctx, box, now)...)
	}
	if len(out) == 0 {
		out = append(out, fine(name, locale.T("已同步，没有跳变。", "synchronised, without a jump.")))
	}
	return out
}

// remembered is what package upkeep has noted in the store.
func remembered(ctx context.Context, box Box, now time.Time) []Finding {
	const name = "clock"
	var note struct{ Seen, Doubt time.Time }
	b, err := box.Get(ctx, "clock")
	if err != nil || b == nil || json.Unmarshal(b, &note) != nil {
		return nil // the examination of the store tells of its faults
	}
	at := func(t time.Time) string { return t.In(locale.Beijing()).Format("2006-01-02 15:04") }
	if note.Seen.Sub(now) > 5*time.Minute {
		return []Finding{wrong(name, locale.Tf("现在的时间早于上次运行时看到的 %s（北京时间）。", "it is earlier now than it was when the server last looked, at %s (Beijing time).", at(note.Seen)),
			locale.T("请校准时钟。时钟走匀一天之前，不会删除任何内容。", "Set the clock right. Nothing is erased until it has gone evenly for a day."))}
	}
	until := note.Doubt.Add(24 * time.Hour)
	if !now.Before(until) {
		return nil
	}
	oldest, err := box.List(ctx, outbox.Filter{Limit: 1})
	if err != nil || len(oldest) == 0 || oldest[0].Created.After(note.Doubt) {
		return nil // the server has started for the first time
	}
	return []Finding{warn(name, locale.Tf("时钟在 %s 跳变过，或者服务停过两天以上（北京时间）。", "at %s (Beijing time) the clock jumped, or the server had not run for more than two days.", at(note.Doubt)),
		locale.Tf("如果现在的时间正确，不用处理：%s 起恢复到期删除。", "If the clock is right now, nothing needs doing: what has expired is erased from %s on.", at(until)))}
}
