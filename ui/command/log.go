package command

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"

	"pikedash/config"
	"pikedash/pikeapi"
)

// maxLog is the size in bytes above which the log starts anew; the old one is kept once.
const maxLog = 4 << 20

// openLog opens the program's log in the state folder, with the level that is configured. Card data
// and secrets are masked on the way in.
func openLog(s *config.Settings) (*slog.Logger, func() error, error) {
	if err := config.MakeDir(s.Paths.State); err != nil {
		return nil, nil, fileFault(err, "making room for the log")
	}
	path := s.Paths.Log()
	if info, err := os.Lstat(path); err == nil {
		switch {
		case info.Mode()&fs.ModeType != 0:
			return nil, nil, fileFault(nil, "the log %s is no plain file", path)
		case info.Size() > maxLog:
			if err := os.Rename(path, path+".old"); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, nil, fileFault(err, "setting the old log aside")
			}
		}
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, fileFault(nil, "opening the log %s: %v", path, plainFileError(err))
	}
	return slog.New(slog.NewTextHandler(f, &slog.HandlerOptions{Level: levelOf(s.LogLevel.Value), ReplaceAttr: maskAttr})), f.Close, nil
}

func levelOf(name string) slog.Level {
	switch name {
	case "error":
		return slog.LevelError
	case "warn":
		return slog.LevelWarn
	case "debug":
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

// maskAttr masks every value that is logged.
func maskAttr(_ []string, a slog.Attr) slog.Attr {
	switch a.Value.Kind() {
	case slog.KindString:
		return slog.String(a.Key, pikeapi.MaskText(a.Value.String()))
	case slog.KindAny:
		if err, ok := a.Value.Any().(error); ok {
			return slog.String(a.Key, pikeapi.MaskText(err.Error()))
		}
	}
	return a
}
