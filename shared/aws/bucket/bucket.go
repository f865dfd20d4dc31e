// Package bucket keeps files in an Amazon S3 bucket.
package bucket

import (
	"bytes"
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Bucket is one bucket. It is safe for concurrent use.
type Bucket struct {
	client *s3.Client
	name   string
}

// Open returns the bucket with this name. It makes no request.
func Open(config aws.Config, name string) *Bucket {
	return &Bucket{s3.NewFromConfig(config, func(o *s3.Options) {
		o.UsePathStyle = config.BaseEndpoint != nil // a substitute on an engineer's machine has no host for each bucket
	}), name}
}

// Put keeps a file under a key, and replaces what was there; nil means that S3 has it.
func (b *Bucket) Put(ctx context.Context, key, mediaType string, body []byte) error {
	if _, err := b.client.PutObject(ctx, &s3.PutObjectInput{Bucket: &b.name, Key: &key, ContentType: &mediaType, Body: bytes.NewReader(body)}); err != nil {
		return fmt.Errorf("put %s: %w", key, err)
	}
	return nil
}
