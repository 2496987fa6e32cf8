package mail

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/textproto"
	"slices"
	"strings"

	"github.com/emersion/go-msgauth/dkim"
	"golang.org/x/net/idna"
)

// DKIM signs mails for a domain (RFC 6376, RFC 8463). It is read by ReadDKIM,
// and any number of goroutines may use it.
type DKIM struct {
	domain, selector string
	key              crypto.Signer
}

// ReadDKIM reads a private key in PEM, as `openssl genpkey` writes it: RSA of
// 2048 bits or more, or Ed25519. Receivers look for the public key in the DNS
// under Name.
func ReadDKIM(domain, selector string, key io.Reader) (*DKIM, error) {
	d := &DKIM{}
	var err error
	if d.domain, err = idna.Lookup.ToASCII(domain); err != nil || !labels(d.domain) || !strings.Contains(d.domain, ".") {
		return nil, fmt.Errorf("mail: DKIM: %q is not a domain", domain)
	}
	if d.selector = selector; !labels(selector) {
		return nil, fmt.Errorf("mail: DKIM: the selector %q may hold letters, digits, hyphens and dots only", selector)
	}
	data, err := io.ReadAll(io.LimitReader(key, 1<<20))
	if err != nil {
		return nil, fmt.Errorf("mail: the DKIM key cannot be read: %w", err)
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, errors.New("mail: the DKIM key is not PEM: make one with openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048")
	}
	if d.key, err = signer(block); err != nil {
		return nil, err
	}
	if k, ok := d.key.(*rsa.PrivateKey); ok && k.N.BitLen() < 2048 {
		return nil, fmt.Errorf("mail: the DKIM key has %d bits, and receivers trust none below 2048: make one with openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048", k.N.BitLen())
	}
	return d, nil
}

func signer(block *pem.Block) (crypto.Signer, error) {
	switch block.Type {
	case "RSA PRIVATE KEY":
		k, err := x509.ParsePKCS1PrivateKey(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("mail: the DKIM key is damaged or has a password: %w", err)
		}
		return k, nil
	case "PRIVATE KEY":
		k, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("mail: the DKIM key is damaged: %w", err)
		}
		switch k := k.(type) {
		case *rsa.PrivateKey:
			return k, nil
		case ed25519.PrivateKey:
			return k, nil
		}
		return nil, errors.New("mail: the DKIM key is neither RSA nor Ed25519")
	case "ENCRYPTED PRIVATE KEY":
		return nil, errors.New("mail: the DKIM key has a password; take it away with openssl pkey, and let only the service read the file")
	case "PUBLIC KEY", "RSA PUBLIC KEY":
		return nil, errors.New("mail: this is the public DKIM key, which belongs in the DNS: give the private one")
	}
	return nil, fmt.Errorf("mail: a %s is no private DKIM key", block.Type)
}

// labels tells whether s is made of DNS labels of letters, digits and hyphens.
func labels(s string) bool {
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || strings.ContainsFunc(label, func(r rune) bool {
			return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-')
		}) {
			return false
		}
	}
	return len(s) <= 253
}

// Name is where the DNS record stands: selector._domainkey.domain.
func (d *DKIM) Name() string { return d.selector + "._domainkey." + d.domain }

// Record is the text of the DNS record (type TXT) that must stand there.
func (d *DKIM) Record() string {
	switch k := d.key.Public().(type) {
	case ed25519.PublicKey:
		return "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(k)
	default:
		der, err := x509.MarshalPKIXPublicKey(k)
		if err != nil {
			return ""
		}
		return "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(der)
	}
}

// Aligned tells whether receivers count the signature for mail from this
// address: its domain is ours or one below it (RFC 7489 section 3.1.1).
func (d *DKIM) Aligned(from Address) bool {
	domain := strings.ToLower(from.domain())
	return domain == d.domain || strings.HasSuffix(domain, "."+d.domain)
}

// guarded are the fields that are signed once more than they occur, so that
// nobody can add another one (RFC 6376 section 8.15). Those that a mailing list
// or a forwarder adds are not among them.
func guarded() []string {
	return []string{"From", "To", "Cc", "Subject", "Reply-To", "Date", "Message-ID", "In-Reply-To", "References",
		"MIME-Version", "Content-Type", "Content-Transfer-Encoding", "Content-Disposition", "Content-Language", "Auto-Submitted"}
}

// sign puts a signature before a finished message. Without a key the message
// is returned as it is. The whole body is signed (no l=), and the signature
// does not expire: a mail may wait for days.
func (d *DKIM) sign(message []byte) ([]byte, error) {
	if d == nil {
		return message, nil
	}
	head, _, _ := bytes.Cut(message, []byte("\r\n\r\n"))
	var names []string
	for line := range strings.SplitSeq(string(head), "\r\n") {
		if name, _, ok := strings.Cut(line, ":"); ok && !strings.HasPrefix(line, " ") && !strings.HasPrefix(line, "\t") {
			names = append(names, textproto.CanonicalMIMEHeaderKey(name))
		}
	}
	var sign []string
	for _, g := range guarded() {
		if slices.Contains(names, textproto.CanonicalMIMEHeaderKey(g)) {
			sign = append(sign, g)
		}
		sign = append(sign, g)
	}
	var b bytes.Buffer
	b.Grow(len(message) + 2048)
	err := dkim.Sign(&b, bytes.NewReader(message), &dkim.SignOptions{
		Domain: d.domain, Selector: d.selector, Signer: d.key, Hash: crypto.SHA256, HeaderKeys: sign,
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
	})
	if err != nil {
		return nil, fmt.Errorf("mail: DKIM: %w", err)
	}
	return b.Bytes(), nil
}
