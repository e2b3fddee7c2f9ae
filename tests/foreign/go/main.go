// Command verify asks two libraries that nobody here wrote whether tlog proofs prove their leaves:
// torchwood (C2SP tlog-proof, tlog-policy and tlog-cosignature), and x/mod's own note and tlog.
//
// In: {"policy": TEXT, "key": VKEY, "cases": {NAME: {"leaf": BASE64, "proof": BASE64}}}.
// Out: {NAME: {"torchwood": WHY NOT, "xmod": WHY NOT}}, "" where it is proven.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type proven struct {
	Leaf  []byte `json:"leaf"`
	Proof []byte `json:"proof"`
}

type asked struct {
	Policy string            `json:"policy"`
	Key    string            `json:"key"`
	Cases  map[string]proven `json:"cases"`
}

// xmod reads the proof's own lines; note and tree are checked by x/mod alone.
func xmod(key note.Verifier, one proven) error {
	head, signed, found := bytes.Cut(one.Proof, []byte("\n\n"))
	if !found {
		return errors.New("no checkpoint")
	}
	lines := strings.Split(string(head), "\n")
	if len(lines) < 3 {
		return errors.New("too few lines")
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
	if err != nil {
		return err
	}
	var proof tlog.RecordProof
	for _, line := range lines[3:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return err
		}
		proof = append(proof, hash)
	}
	opened, err := note.Open(signed, note.VerifierList(key))
	if err != nil {
		return err
	}
	checkpoint, err := torchwood.ParseCheckpoint(opened.Text)
	if err != nil {
		return err
	}
	if checkpoint.Origin != key.Name() {
		return fmt.Errorf("another origin: %q", checkpoint.Origin)
	}
	return tlog.CheckRecord(proof, checkpoint.N, checkpoint.Hash, index, tlog.RecordHash(one.Leaf))
}

func said(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func main() {
	var in asked
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil {
		log.Fatal(err)
	}
	policy, err := torchwood.ParsePolicy([]byte(in.Policy))
	if err != nil {
		log.Fatal(err)
	}
	key, err := note.NewVerifier(in.Key)
	if err != nil {
		log.Fatal(err)
	}
	out := map[string]map[string]string{}
	for name, one := range in.Cases {
		out[name] = map[string]string{
			"torchwood": said(torchwood.VerifyProof(policy, tlog.RecordHash(one.Leaf), one.Proof)),
			"xmod":      said(xmod(key, one)),
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(out); err != nil {
		log.Fatal(err)
	}
}
