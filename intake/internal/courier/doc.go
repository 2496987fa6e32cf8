// Package courier moves finished mails from the outbox to a mail server.
//
// A Courier borrows what is due, opens it, hands it to a Carrier (an SMTP
// relay, or a Maildir) and records what became of it:
//
//	relay, err := courier.ParseSMTP("smtp://user:password@relay.example.org")
//	go courier.Courier{Queue: store, Open: open, Carrier: relay, …}.Run(ctx, wake)
//
// Who queues a mail packs its envelope and bytes by Pack, seals them, and
// opens them again in the Courier's Open by Unpack.
//
// # What becomes of a mail
//
//   - The relay took it: done.
//   - The relay refused it (a Refusal): for good, and it is dead at once; or
//     for now, and it is tried again after 2 minutes, 4, 8 and so on up to 4
//     hours, each less up to a third at random, until it has been queued for
//     GiveUp and was refused four times. Then it is dead.
//   - The message was on its way, and no answer came (Unanswered): perhaps the
//     relay has it. It is sent again with the same bytes and so the same
//     Message-ID, after the same waits, but never dies of silence.
//   - Anything else is the relay's trouble and says nothing about the mail. It
//     goes back untried, behind the others that are due.
//   - It cannot be opened: it is tried again in an hour, and the others go on.
//
// After the relay's trouble, and after an Unanswered, nothing is sent by any
// worker for 5 seconds, 10, 20 and so on up to 5 minutes; new mail does not
// shorten that. Then one worker probes with one mail; each time another one,
// so that a mail at which the relay itself breaks does not hold up the rest.
// As soon as one mail was taken or refused, all workers go on.
//
// # Which replies judge a mail
//
// Only replies to MAIL, RCPT, DATA and to the dot at the end of the message
// (RFC 5321), by the first digit of their basic code: 4 refuses for now, 5 for
// good. So 452 (no room; too many recipients) and 451 come again, and 552 (the
// mail is larger than is ever taken), 550, 553 and 554 do not. An enhanced
// code (RFC 3463, RFC 2034) is kept in the text and never changes that class.
// A mail that is larger than the SIZE which the relay announces (RFC 1870) is
// refused for good without asking.
//
// These judge nobody, wherever they come, since they say that we and the relay
// do not understand each other:
//
//   - the greeting, replies to EHLO, STARTTLS, AUTH and RSET, whatever they say;
//   - 421, the relay is closing the connection (RFC 5321, section 3.8), and
//     521, this host takes no mail at all (RFC 7504);
//   - 530, 534, 535 and 538: a login or TLS is wanted, or does not hold (RFC
//     4954, RFC 3207);
//   - any 4 or 5 with an enhanced code X.7.8 to X.7.14, about logins (RFC 4954,
//     RFC 5248), such as 550 5.7.8;
//   - 454 and 432 (RFC 4954, RFC 3207) and 503 (some relays ask for a login by
//     it) as the reply to MAIL. To RCPT or later they judge, since 454 4.7.1 is
//     also said of a single recipient;
//   - a reply that is cut off, endless, or none by RFC 5321, section 4.2.
//
// A refusal in the middle of a message, before its dot, counts as the reply to
// DATA; some relays say so of a mail that is too large, and leave.
//
// # Connections
//
// Each mail has a transaction of its own, with one recipient. A connection
// carries up to 100 mails within 5 minutes, with RSET before each but the
// first. Whatever goes wrong on a used connection before its relay has asked
// for the message may be its age; the mail is then tried on a fresh one before
// anybody is blamed.
//
// # Leases
//
// A mail is lent by the outbox for 30 minutes. So many are lent as workers are
// idle, which begin them at once, and Ahead more, which are begun within a
// minute or given back; they are given back too when the way is blocked and
// when Run ends. One mail may take an SMTP relay 25 minutes at most, so that no
// other instance on the same store is lent a mail that is still being sent.
//
// # Personal data
//
// The text of a reply goes to the log and, unsealed, into the outbox. Relays
// like to repeat the recipient's address; it is taken out before that.
package courier
