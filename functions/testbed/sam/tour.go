package sam

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"consent-receipts/functions/internal/handler"
	"consent-receipts/functions/local/demo"
	"consent-receipts/functions/local/system"
	"consent-receipts/functions/testbed/front"
	"consent-receipts/functions/testbed/samples"
	"consent-receipts/shared/api"
)

// Stop is one stop of the tour.
type Stop struct {
	Name string
	Show func(context.Context) error
}

// Tour lists the stops in order. The demo's story is printed to out. Each function of cold is
// also started for one event alone.
func (s *Stack) Tour(out io.Writer, cold ...string) []Stop {
	stops := []Stop{
		{"the story, with a token: local server, start-lambda, containers", func(ctx context.Context) error { return s.story(ctx, out) }},
		{"the portal: sign in, say yes and no, read the receipt", s.portal},
		{"every sample of every function, in warm containers", s.warmSamples},
		{"sam local start-api: the public routes", s.publicRoutes},
	}
	for _, name := range cold {
		stops = append(stops, Stop{"sam local invoke " + name, func(ctx context.Context) error { return s.coldSample(ctx, name) }})
	}
	return append(stops,
		Stop{"an agent of the Data Rights Protocol: token, request, status, revocation", s.agent},
		Stop{"sweep: a consent has reached its end", s.sweep},
	)
}

// story plays the demo with the other person: the samples are about the first one.
func (s *Stack) story(ctx context.Context, out io.Writer) error {
	person, err := s.Site.API(system.OtherPerson)
	if err != nil {
		return err
	}
	story := demo.Story{API: person, Root: s.Roots, Out: s.file("story"), Print: out}
	return story.Play(ctx)
}

// warmSamples plays every sample, and returns every failure.
func (s *Stack) warmSamples(ctx context.Context) error {
	player := s.player()
	all, err := samples.All(player.Files)
	wrong := []error{err}
	for _, sample := range all {
		wrong = append(wrong, player.Play(ctx, sample, s.Lambda.Invoke))
	}
	return errors.Join(wrong...)
}

// coldSample plays the first sample of a function by `sam local invoke`, in a container that
// is started for it. The first sample of each function needs no sample before it.
func (s *Stack) coldSample(ctx context.Context, function string) error {
	player := s.player()
	all, err := samples.All(player.Files)
	if err != nil {
		return err
	}
	for _, sample := range all {
		if sample.Function() == function {
			return player.Play(ctx, sample, s.Invoke)
		}
	}
	return fmt.Errorf("there is no sample of %s", function)
}

// publicRoutes asks SAM's own gateway for the routes that need no token, and compares the
// answers with those of the local server. SAM's gateway ignores JWT authorizers and asks
// nobody for a token, so the other routes would show nothing there.
func (s *Stack) publicRoutes(ctx context.Context) error {
	free, port, err := front.Listen(0, "127.0.0.1")
	if err != nil {
		return err
	}
	_ = free[0].Close() // for SAM, which cannot be handed a listener
	address := "http://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	p, err := s.sam("start-api", "--host", "127.0.0.1", "--port", strconv.Itoa(port), "--warm-containers", "LAZY", "--no-watch")
	if err != nil {
		return err
	}
	gateway, err := s.serving(ctx, p, apiLog, address+"/openapi.yaml")
	if err != nil {
		return err
	}
	defer gateway.stop()
	for _, path := range publicPaths() {
		got, err := get(ctx, http.DefaultClient, address+path)
		if err != nil {
			return err
		}
		want, err := get(ctx, s.Site.Client, s.Site.Base+path)
		if err != nil {
			return err
		}
		if got != want {
			return fmt.Errorf("%s: the two gateways answer differently: %.200s and %.200s", path, got, want)
		}
	}
	return nil
}

// publicPaths lists the routes that need no token, no link and no parameter, and a schema.
func publicPaths() []string {
	paths := []string{"/schema/receipt/1.json"}
	for _, r := range handler.Routes() {
		if method, path, _ := strings.Cut(r.Pattern, " "); r.Scopes == nil && method == http.MethodGet && !strings.HasPrefix(path, string(api.Contact)) && !strings.Contains(path, "{") {
			paths = append(paths, path)
		}
	}
	return slices.Clip(paths)
}

func get(ctx context.Context, client *http.Client, address string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", err
	}
	res, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: status %d: %.500s", address, res.StatusCode, b)
	}
	return string(b), err
}
