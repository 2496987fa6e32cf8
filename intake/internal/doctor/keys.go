package doctor

import (
	"os"
	"path/filepath"
	"strings"
	"time"

	"waijiao/intake/internal/mail"
	"waijiao/internal/locale"
)

// soon is how long before a key expires one is told.
const soon = 30 * 24 * time.Hour

// Secret examines who can read a file that is nobody else's business. A file
// that is not there is another examination's matter.
func Secret(name, path string) []Finding {
	info, err := os.Stat(path)
	if err != nil {
		return nil
	}
	if info.Mode().Perm()&0o077 != 0 {
		return []Finding{wrong(name, locale.Tf("其他用户可以读取 %s（权限 %03o）。", "other users can read %s (mode %03o).", path, info.Mode().Perm()),
			locale.Tf("请运行 chmod 600 %s；如果别人可能已经读过，请更换。", "Run chmod 600 %s; if somebody may have read it, change it.", path))}
	}
	return nil
}

// Apart examines whether the delivery key lives apart from the data.
func Apart(key, data string) []Finding {
	k, err1 := filepath.EvalSymlinks(filepath.Dir(key))
	d, err2 := filepath.EvalSymlinks(data)
	if err1 != nil || err2 != nil {
		return nil
	}
	if rel, err := filepath.Rel(d, k); err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return []Finding{warn("delivery-key", locale.Tf("投递密钥 %s 在数据文件夹里：谁拿到这个文件夹的副本，谁就能打开里面的内容。", "the delivery key %s lies in the data folder: whoever gets a copy of the folder can open what is in it.", key),
			locale.T("请把它移到别处，用 --delivery-key 指明，并另外备份。", "Move it elsewhere, name the place with --delivery-key, and keep a copy apart."))}
	}
	return nil
}

// Office examines whether there is an office's key.
func Office(given bool) []Finding {
	if given {
		return []Finding{fine("office-key", locale.T("已设置：办结后只有办公室的私钥能打开。", "given: once a matter is closed, only the office's secret key opens it."))}
	}
	return []Finding{warn("office-key", locale.T("没有 --seal-to：投递密钥在保存期内一直能打开所有内容。", "there is no --seal-to: the delivery key opens everything for as long as it is kept."),
		locale.T("请在办公室的电脑上用 age-keygen 生成一对密钥，把公钥写进 --seal-to。", "Make a pair of keys with age-keygen on a computer of the office, and give the public one as --seal-to."))}
}

// PGP examines the keys to which the office's mails are encrypted.
func PGP(p *mail.PGP, now time.Time) []Finding {
	const name = "pgp-key"
	marks := strings.Join(p.Fingerprints(), " ")
	ends := p.Expires()
	what := locale.Tf("指纹 %s。", "fingerprint %s.", marks)
	if ends.IsZero() {
		return []Finding{fine(name, what)}
	}
	day := ends.In(locale.Beijing()).Format(time.DateOnly)
	what = locale.Tf("指纹 %s，%s 到期。", "fingerprint %s, expires on %s.", marks, day)
	if ends.Sub(now) < soon {
		return []Finding{warn(name, what, locale.T("请办公室延长密钥的期限（gpg --quick-set-expire），重新导出公钥，换上新文件。", "Ask the office to extend the key (gpg --quick-set-expire), export it anew, and put the new file in its place."))}
	}
	return []Finding{fine(name, what)}
}
