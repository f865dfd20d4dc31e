// Package attachments keeps attachments in a bucket of Amazon S3.
//
// The bucket's own settings do the rest: it encrypts with the stack's key, takes no file under
// added/ or kept/ whose name is taken, and deletes uploads after a day and the others after the days
// that the operator chose.
package attachments

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"consent-receipts/shared/attachment"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/statement"
)

// Prefixes of the keys. An upload never lies among the files that were added, nor these among those
// that are kept.
const (
	Uploads = "uploads/"
	Added   = "added/"
	Kept    = "kept/"
)

// declared is the member of an upload's metadata that has its declaration.
const declared = "declared"

// Store is an attachment.Store in a bucket.
type Store struct {
	Client *s3.Client
	Bucket string
	// Scanned is the tag, as key=value, that a scanner sets on uploads in which it found no
	// malware. "" means that no scanner is asked.
	Scanned string
	Now     func() time.Time
}

// New returns a Store. It makes no request.
func New(config aws.Config, bucket, scanned string, now func() time.Time) *Store {
	return &Store{Bucket: bucket, Scanned: scanned, Now: now, Client: s3.NewFromConfig(config, func(o *s3.Options) {
		o.UsePathStyle = config.BaseEndpoint != nil // a substitute has one name for all buckets
	})}
}

func key(prefix string, at attachment.Place, id string) *string {
	return aws.String(prefix + at.Person + "/" + at.Request + "/" + id)
}

// keyOf is the key of a file that was added, or of one that is kept until a day. An attempt of
// another day to give the answer keeps another object, whose days S3 counts from then.
func keyOf(at attachment.Place, file statement.Part, until string) *string {
	digest := strings.TrimPrefix(file.Digest, "sha256:")
	if until == "" {
		return key(Added, at, digest)
	}
	return key(Kept, at, until+"/"+digest)
}

// Begin implements attachment.Store, by a POST policy: S3 refuses a form with another key, type,
// size, declaration or address to go to, and any field beside these.
func (s *Store) Begin(ctx context.Context, at attachment.Place, upload string, d attachment.Declared, back string) (*attachment.Form, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	own := map[string]string{"Content-Type": d.MediaType, "x-amz-meta-" + declared: token}
	if back != "" {
		own["success_action_redirect"] = back
	}
	least, most := d.Bounds()
	conditions := []any{[]any{"content-length-range", least, most}}
	for name, value := range own {
		conditions = append(conditions, map[string]string{name: value})
	}
	until := s.Now().Add(attachment.Window)
	post, err := s3.NewPresignClient(s.Client).PresignPostObject(ctx, &s3.PutObjectInput{Bucket: &s.Bucket, Key: key(Uploads, at, upload)},
		func(o *s3.PresignPostOptions) { o.Expires, o.Conditions = attachment.Window, conditions })
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ledger.ErrUnavailable, err)
	}
	for name, value := range post.Values {
		own[name] = value
	}
	return &attachment.Form{Action: post.URL, Fields: own, Until: until}, nil
}

// Uploaded implements attachment.Store.
func (s *Store) Uploaded(ctx context.Context, at attachment.Place, upload string) (d attachment.Declared, content []byte, err error) {
	where := key(Uploads, at, upload)
	out, content, err := s.read(ctx, where, attachment.ErrNotUploaded)
	if err != nil {
		return d, nil, err
	}
	// The form can be posted again until it expires, and a file that takes the place of another
	// has no tag. So the tag is read after the content: a tag that was read before could be that of
	// a file that has gone.
	if err := s.scanned(ctx, where); err != nil {
		return d, nil, err
	}
	d, err = attachment.ParseToken(out.Metadata[declared])
	return d, content, err
}

// read reads at most one byte more than a file may have. It returns absent if there is no such object.
func (s *Store) read(ctx context.Context, where *string, absent error) (out *s3.GetObjectOutput, content []byte, err error) {
	if out, err = s.Client.GetObject(ctx, &s3.GetObjectInput{Bucket: &s.Bucket, Key: where}); err != nil {
		return nil, nil, failure(err, absent)
	}
	defer out.Body.Close()
	if content, err = io.ReadAll(io.LimitReader(out.Body, attachment.MaxSize+1)); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ledger.ErrUnavailable, err)
	}
	return out, content, nil
}

// scanned returns attachment.ErrUnscanned if the upload lacks the tag that is demanded.
func (s *Store) scanned(ctx context.Context, where *string) error {
	if s.Scanned == "" {
		return nil
	}
	out, err := s.Client.GetObjectTagging(ctx, &s3.GetObjectTaggingInput{Bucket: &s.Bucket, Key: where})
	if err != nil {
		return failure(err, attachment.ErrNotUploaded)
	}
	for _, tag := range out.TagSet {
		if aws.ToString(tag.Key)+"="+aws.ToString(tag.Value) == s.Scanned {
			return nil
		}
	}
	return attachment.ErrUnscanned
}

// Add implements attachment.Store.
func (s *Store) Add(ctx context.Context, at attachment.Place, file statement.Part, content []byte) error {
	return s.once(ctx, keyOf(at, file, ""), file, content)
}

// Keep implements attachment.Store.
func (s *Store) Keep(ctx context.Context, at attachment.Place, file statement.Part, until string) error {
	_, content, err := s.read(ctx, keyOf(at, file, ""), attachment.ErrGone)
	switch {
	case err != nil:
		return err
	case statement.Digest(content) != file.Digest:
		return attachment.ErrGone
	}
	return s.once(ctx, keyOf(at, file, until), file, content)
}

// once puts an object, unless it is there. S3 checks the digest of what arrives.
func (s *Store) once(ctx context.Context, where *string, file statement.Part, content []byte) error {
	sum := sha256.Sum256(content)
	_, err := s.Client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &s.Bucket, Key: where, Body: bytes.NewReader(content), ContentType: &file.MediaType,
		ChecksumSHA256: aws.String(base64.StdEncoding.EncodeToString(sum[:])), IfNoneMatch: aws.String("*"),
	})
	if known, ok := errors.AsType[smithy.APIError](err); ok && known.ErrorCode() == "PreconditionFailed" {
		return nil // it is there already
	}
	return failure(err, ledger.ErrUnavailable)
}

// Address implements attachment.Store.
func (s *Store) Address(ctx context.Context, at attachment.Place, file statement.Part, until string) (string, error) {
	where := keyOf(at, file, until)
	if _, err := s.Client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &s.Bucket, Key: where}); err != nil {
		return "", failure(err, attachment.ErrGone)
	}
	out, err := s3.NewPresignClient(s.Client).PresignGetObject(ctx, &s3.GetObjectInput{
		Bucket: &s.Bucket, Key: where, ResponseContentType: &file.MediaType, ResponseContentDisposition: aws.String(attachment.Disposition(file.Name)),
	}, s3.WithPresignExpires(attachment.Lifetime))
	if err != nil {
		return "", fmt.Errorf("%w: %w", ledger.ErrUnavailable, err)
	}
	return out.URL, nil
}

// failure says what an error of S3 means: absent if there is no such object, else that the
// store does not answer.
func failure(err, absent error) error {
	if err == nil {
		return nil
	}
	_, noKey := errors.AsType[*types.NoSuchKey](err)
	_, notFound := errors.AsType[*types.NotFound](err)
	if noKey || notFound {
		return absent
	}
	return fmt.Errorf("%w: %w", ledger.ErrUnavailable, err)
}
