package protocols

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"consent-receipts/shared/drp"
	"consent-receipts/shared/opendsr"
)

// SettingsFolder is where functions have their settings, in their package.
const SettingsFolder = "settings"

// These are the files of a folder of settings. A protocol is spoken if its first file is
// there.
const (
	OpenDSRFile = "opendsr.json" // {"domain": "...", "controllers": {"<client_id>": "<controller id>"}, "opengdpr_pss": false}
	ChainFile   = "opendsr.pem"  // the certificate of the key that signs answers, with its issuers
	DRPFile     = "drp.json"     // {"business": "<our id in the network>"}
	AgentsFile  = "agents.json"  // the network's directory of authorized agents
)

// ErrSettings is wrapped by every error about the settings.
var ErrSettings = errors.New("the protocols' settings")

// LoadOpenDSR reads the settings of OpenDSR. It returns nil if the protocol is not spoken.
func LoadOpenDSR(files fs.FS, key opendsr.Key, random io.Reader, now time.Time) (*OpenDSR, error) {
	var settings struct {
		Domain      string            `json:"domain"`
		Controllers map[string]string `json:"controllers"`
		OldPSS      bool              `json:"opengdpr_pss"`
	}
	if there, err := load(files, OpenDSRFile, &settings); !there {
		return nil, err
	}
	chain, err := fs.ReadFile(files, ChainFile)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSettings, err)
	}
	signer, err := opendsr.NewSigner(settings.Domain, chain, key, random, now)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSettings, err)
	}
	signer.OldPSS = settings.OldPSS
	return &OpenDSR{Signer: signer, Controllers: settings.Controllers}, nil
}

// LoadDRP reads the settings of the Data Rights Protocol. It returns nil if the protocol is
// not spoken. The secret is the key of the agents' tokens.
func LoadDRP(files fs.FS, secret []byte, random io.Reader) (*DRP, error) {
	var settings struct {
		Business string `json:"business"`
	}
	if there, err := load(files, DRPFile, &settings); !there {
		return nil, err
	}
	list, err := fs.ReadFile(files, AgentsFile)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSettings, err)
	}
	agents, err := drp.ParseDirectory(list)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSettings, err)
	}
	if settings.Business == "" {
		return nil, fmt.Errorf("%w: %s names no business", ErrSettings, DRPFile)
	}
	receiver := &drp.Receiver{Business: settings.Business, Agents: agents}
	tokens, err := drp.NewTokens(secret, receiver, random)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSettings, err)
	}
	return &DRP{Receiver: receiver, Tokens: tokens}, nil
}

// load reads one JSON file. It reports false, without an error, if the file does not exist.
func load(files fs.FS, name string, into any) (there bool, err error) {
	b, err := fs.ReadFile(files, name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err == nil {
		err = json.Unmarshal(b, into)
	}
	if err != nil {
		return false, fmt.Errorf("%w: %s: %w", ErrSettings, name, err)
	}
	return true, nil
}
