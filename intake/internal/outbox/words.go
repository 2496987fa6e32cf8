package outbox

import "waijiao/internal/locale"

// Text is the status in words, for whoever handles submissions; people who have
// sent one read more on their pages.
func (s Status) Text() locale.Text {
	switch s {
	case Held:
		return locale.T("待放行", "held")
	case Received:
		return locale.T("已收到，尚未办理", "received")
	case Handling:
		return locale.T("正在办理", "being handled")
	case Answered:
		return locale.T("已答复", "answered")
	case Closed:
		return locale.T("已办结", "closed")
	}
	return locale.Same(string(s))
}

// Text says what a mail is for.
func (k Kind) Text() locale.Text {
	switch k {
	case ToOffice:
		return locale.T("致办公室", "to the office")
	case Receipt:
		return locale.T("回执", "receipt")
	case Note:
		return locale.T("给提交人的附言", "note to the submitter")
	case Apology:
		return locale.T("给提交人的未送达说明", "notice to the submitter that the office was not reached")
	case Bulletin:
		return locale.T("给办公室的通知", "bulletin to the office")
	}
	return locale.Same(string(k))
}

// Text says how far a mail has come.
func (s State) Text() locale.Text {
	switch s {
	case Queued:
		return locale.T("待发", "waits")
	case Withheld:
		return locale.T("未放行", "not released")
	case Sent:
		return locale.T("已发出", "sent")
	case Dead:
		return locale.T("被退", "refused for good")
	}
	return locale.Same(string(s))
}

// Doubt says why a submission is held, by the code in Submission.Why.
func Doubt(code string) locale.Text {
	switch code {
	case "trap":
		return locale.T("人看不到的栏目被填写，可能是机器提交", "a field was filled in that people cannot see, perhaps by a program")
	case "too-fast":
		return locale.T("打开页面后马上提交，可能是机器提交", "sent the moment the page was opened, perhaps by a program")
	case "address-limit":
		return locale.T("同一网络地址短时间内提交过多", "very many came from one network address")
	case "form-limit":
		return locale.T("这份表单短时间内提交过多", "very many came of this form in a short time")
	case "recipient-limit":
		return locale.T("同一邮箱短时间内要收的回执过多", "very many receipts would go to one mailbox")
	case "not-scanned":
		return locale.T("附件没能做病毒扫描", "the files could not be scanned for malware")
	}
	return locale.Same(code)
}
