package sandbox

// store makes changes durable, in the order in which they are given.
type store interface {
	// commit takes changes over and returns at once; done is called when they are durable, or cannot
	// be made so. It may be called before commit returns. The slice is not used by the caller again.
	commit(changes []change, done func(error))
	// load calls each for everything that is kept.
	load(each func(kind, id string, data []byte) error) error
	close() error
}

// memoryStore keeps nothing: the state lives as long as the server.
type memoryStore struct{}

func (memoryStore) commit(_ []change, done func(error))                 { done(nil) }
func (memoryStore) load(func(kind, id string, data []byte) error) error { return nil }
func (memoryStore) close() error                                        { return nil }
