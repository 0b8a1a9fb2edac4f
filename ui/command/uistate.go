package command

import (
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"sync"

	"pikedash/config"
	"pikedash/pikeapi"
)

// uiState is what the dashboard keeps between runs: columns, saved views, recent filters. It is no
// part of the settings file, because the program writes it by itself.
type uiState struct {
	path string
	mu   sync.Mutex
	all  map[string]string
}

// maxUIState is the largest state file that is read, in bytes.
const maxUIState = 1 << 20

// loadUIState reads what was kept. A file that cannot be read starts anew: it holds only comfort.
func loadUIState(p config.Paths) *uiState {
	s := &uiState{path: filepath.Join(p.State, "ui.json"), all: map[string]string{}}
	info, err := os.Stat(s.path)
	if err != nil || info.Size() > maxUIState {
		return s
	}
	data, err := os.ReadFile(s.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return s
	}
	read := map[string]string{}
	if json.Unmarshal(data, &read) == nil {
		for key, value := range read {
			s.all[key] = pikeapi.MaskText(value)
		}
	}
	return s
}

// Kept returns what was kept under a key.
func (s *uiState) Kept(key string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all[key]
}

// Keep writes a value to disk; an empty one is forgotten. A filter may be the number of a card that
// somebody looks for, so it is masked.
func (s *uiState) Keep(key, value string) error {
	value = pikeapi.MaskText(value)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all[key] == value {
		return nil
	}
	next := maps.Clone(s.all)
	next[key] = value
	if value == "" {
		delete(next, key)
	}
	data, err := json.MarshalIndent(next, "", "  ")
	if err != nil {
		return err
	}
	if err := config.WriteFile(s.path, data); err != nil {
		return err
	}
	s.all = next
	return nil
}
