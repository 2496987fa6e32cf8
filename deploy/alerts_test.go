package deploy_test

import (
	"bytes"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// unknown are the metrics and labels that rules ask for and a server does not
// have.
func unknown(rules, metrics string) (list []string) {
	for _, m := range regexp.MustCompile(`\b(intake_[a-z_]+)(?:\{([^}]*)\})?`).FindAllStringSubmatch(rules, -1) {
		if !strings.Contains(metrics, "# TYPE "+m[1]+" ") {
			list = append(list, m[1])
			continue
		}
		for _, label := range regexp.MustCompile(`([a-z]+)=`).FindAllStringSubmatch(m[2], -1) {
			if !regexp.MustCompile(m[1] + `\{[^}\n]*\b` + label[1] + `="`).MatchString(metrics) {
				list = append(list, m[1]+" by "+label[1])
			}
		}
	}
	return list
}

func TestTheAlertsAskForMetricsThatThereAre(t *testing.T) {
	private := "127.0.0.1:" + freePort(t)
	address, _ := served(t, "--private", private)
	kind, whole := body(t)
	if status, _, answer := send(t, client(t, nil), "http://"+address, "key-1", bytes.NewReader(whole), kind); status != http.StatusSeeOther {
		t.Fatalf("%d %s", status, answer)
	}
	res, err := client(t, nil).Get("http://" + private + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	metrics, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	rules := read(t, "intake.rules.yml")
	if list := unknown(rules, string(metrics)); len(list) > 0 {
		t.Errorf("no server has %v", list)
	}
	if list := unknown(rules+" intake_mals > 0 intake_mails{status=\"dead\"} > 0", string(metrics)); !slices.Equal(list, []string{"intake_mals", "intake_mails by status"}) {
		t.Errorf("of what nobody has, these were found: %v", list)
	}
}

func TestPrometheusUnderstandsTheRules(t *testing.T) {
	tool := program(t, "promtool", "prometheus")
	dir := t.TempDir()
	config := filepath.Join(dir, "prometheus.yml")
	write(t, filepath.Join(dir, "rules.yml"), read(t, "intake.rules.yml"))
	write(t, config, replaced(t, read(t, "prometheus.yml"), "/etc/prometheus/intake.rules.yml", filepath.Join(dir, "rules.yml")))
	if out := ran(t, tool, "check", "config", config); !strings.Contains(out, "9 rules found") {
		t.Error(out)
	}
}
