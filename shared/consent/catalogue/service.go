package catalogue

import (
	"cmp"
	"encoding/json"
)

// Service names a service: by one name for all languages, such as that of a brand, or by a text in
// several languages. In YAML and JSON it is a string, or an object.
type Service struct {
	Name string
	Text Text // if there is no Name
}

// In returns the name in the given language, as Text.In does.
func (s Service) In(language string, fallbacks ...string) string {
	return cmp.Or(s.Name, s.Text.In(language, fallbacks...))
}

// MarshalJSON writes a string, or an object.
func (s Service) MarshalJSON() ([]byte, error) {
	if s.Text == nil {
		return json.Marshal(s.Name)
	}
	return json.Marshal(s.Text)
}

// UnmarshalJSON reads a string, or an object.
func (s *Service) UnmarshalJSON(b []byte) error {
	return s.UnmarshalYAML(func(out any) error { return json.Unmarshal(b, out) })
}

// UnmarshalYAML reads a string, or an object, by a function that reads a value of a given type.
func (s *Service) UnmarshalYAML(read func(any) error) error {
	*s = Service{}
	if read(&s.Text) == nil {
		return nil
	}
	s.Text = nil
	return read(&s.Name)
}
