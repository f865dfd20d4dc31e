// Command door is the function behind the form for people without an account: prove an
// address, ask, follow, take back.
//
// Trigger: HTTP API. Output: a mail with a link; a signed receipt, appended to the
// contact's ledger and returned. Failure: a problem document (RFC 9457); a 503 may be
// sent again and finds out what happened.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"consent-receipts/functions/internal/boot"
	"consent-receipts/functions/internal/boot/api"
	"consent-receipts/functions/internal/boot/files"
	"consent-receipts/functions/internal/boot/service"
	"consent-receipts/functions/internal/handler"
	"consent-receipts/functions/internal/handler/copies"
	"consent-receipts/shared/aws/keys"
	"consent-receipts/shared/aws/ses"
	"consent-receipts/shared/door"
)

// linksLabel is what the key of the links is derived from.
const linksLabel = "consent-receipts/contact-links/1"

func main() {
	boot.Main(func(env *boot.Env) (any, error) {
		page := env.String("BASE_URL") + door.PagePath
		kms, keyID, from, identity := keys.NewClient(env.AWS("KMS")), env.String("PSEUDONYM_KEY_ID"), env.Optional("MAIL_FROM"), env.Optional("MAIL_IDENTITY")
		answers := files.Of(env)
		return api.RequestsWith("door", func(ctx context.Context, s *service.Service, a *handler.API) error {
			secret, err := keys.Secret(ctx, kms, keyID, linksLabel)
			if err != nil {
				return err
			}
			links, err := door.NewLinks(secret, rand.Reader, time.Now)
			a.Copies, a.Door = copies.All, &door.Door{Registrar: s.Registrar, Pseudonyms: s.Pseudonyms, Tickets: s.Store, Links: links, Rand: rand.Reader, Page: page}
			if from != "" {
				a.Door.Send = ses.Open(env.AWS("SES"), from, identity).Send
			}
			return errors.Join(err, answers(ctx, s, a))
		})(env)
	})
}
