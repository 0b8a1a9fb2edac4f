package sandbox

import (
	"net/http"
	"sort"

	"pikedash/keys"
	"pikedash/pikeapi"
)

// How much of the lists the state shows.
const (
	shownSessions   = 200
	shownDeliveries = 200
)

func (s *Server) getState(*http.Request) (any, error) {
	key := s.PublicKey()
	public, err := keys.EncodePublic(key)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	state := State{
		Now: s.clock.Now(), Speed: s.speed, PikeKey: string(keys.FingerprintOf(key)),
		PikePublic: string(public), Faults: s.faults.all(), SessionsIn: len(s.w.sessions), Sessions: []SessionState{}, Deliveries: []DeliveryState{},
	}
	for _, configured := range s.cfg.Projects {
		state.Projects = append(state.Projects, s.projectState(s.projects[configured.Name]))
	}
	sessions := make([]*session, 0, len(s.w.sessions))
	for _, x := range s.w.sessions {
		sessions = append(sessions, x)
	}
	sort.Slice(sessions, func(i, j int) bool { return sessions[i].Number > sessions[j].Number })
	for _, x := range sessions[:min(len(sessions), shownSessions)] {
		state.Sessions = append(state.Sessions, s.sessionState(x, false))
	}
	deliveries := make([]*delivery, 0, len(s.w.deliveries))
	for _, d := range s.w.deliveries {
		deliveries = append(deliveries, d)
	}
	sort.Slice(deliveries, func(i, j int) bool { return deliveries[i].ID > deliveries[j].ID })
	for _, d := range deliveries[:min(len(deliveries), shownDeliveries)] {
		state.Deliveries = append(state.Deliveries, d.state())
	}
	return state, nil
}

func (s *Server) projectState(p *project) ProjectState {
	out := ProjectState{Name: p.name, Options: p.options(), Wallets: []Wallet{}}
	for _, k := range p.accepted {
		out.Keys = append(out.Keys, string(keys.FingerprintOf(k.Public)))
	}
	for _, configured := range p.wallets {
		if w, ok := s.w.wallets[walletKey(p.name, configured.Currency)]; ok {
			out.Wallets = append(out.Wallets, Wallet{w.Currency, w.Balance})
		}
	}
	return out
}

func (s *Server) sessionState(x *session, raw bool) SessionState {
	out := SessionState{
		ID: x.ID, Project: x.Project, Version: x.Version, Status: x.Status, NextAction: x.NextAction, UpdatedAt: x.UpdatedAt,
	}
	if e, ok := s.w.timers[x.Timer]; ok {
		due := e.Due
		out.Step, out.StepAt = string(e.Kind), &due
	}
	if op := x.Op; op != nil {
		out.Operation, out.Kind, out.State = op.ID, kindName(op.Payout), op.Status
		if op.Error != nil {
			out.Error = op.Error.Code
		}
		if op.PayerToken != "" {
			out.PayerURL = interaction(x).Redirect.URL
		}
	}
	if raw {
		out.Raw = encode(s.view(x, pikeapi.V2))
	}
	return out
}

func (d *delivery) state() DeliveryState {
	out := DeliveryState{
		ID: d.ID, Session: d.Session, Type: d.Type, Status: d.Status, CreatedAt: d.CreatedAt,
		Attempts: d.Attempts, Log: append([]Attempt(nil), d.Log...), Bytes: len(d.Body),
	}
	if !d.NextAt.IsZero() && d.Status == deliveryPending {
		next := d.NextAt
		out.NextAt = &next
	}
	return out
}

func (s *Server) getSession(r *http.Request) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x, err := s.w.session(r.URL.Query().Get("id"))
	if err != nil {
		return nil, err
	}
	return s.sessionState(x, true), nil
}

func (w *world) session(id string) (*session, error) {
	x, ok := w.sessions[id]
	if !ok {
		return nil, invalid("session not found: %q", clip(id, 40))
	}
	return x, nil
}
