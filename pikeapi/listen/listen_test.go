package listen

import (
	"net"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOnlyLoopbackPasses(t *testing.T) {
	for _, addr := range []string{"127.0.0.1:8131", "127.9.9.9:0", "[::1]:80", "localhost:1"} {
		require.NoError(t, CheckLoopback(addr, "x"), addr)
	}
	for _, addr := range []string{":8131", "0.0.0.0:1", "[::]:1", "192.0.2.1:1", "example.test:1", "127.0.0.1.example.test:1", "nonsense"} {
		require.Error(t, CheckLoopback(addr, "others could reach it"), addr)
	}
	require.ErrorContains(t, CheckLoopback("0.0.0.0:1", "others could reach it"), "others could reach it")
}

func TestConnectionsAreBounded(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	limited := Limit(ln, 1)
	accepted := make(chan net.Conn)
	ended := make(chan error, 1)
	go func() {
		for {
			c, err := limited.Accept()
			if err != nil {
				ended <- err
				return
			}
			accepted <- c
		}
	}()
	dial := func() net.Conn {
		c, err := net.Dial("tcp", ln.Addr().String())
		require.NoError(t, err)
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	dial()
	first := <-accepted
	dial()
	for range 10_000 {
		runtime.Gosched() // a listener without a bound has accepted by now
	}
	select {
	case <-accepted:
		t.Fatal("two connections at once")
	default:
	}
	require.NoError(t, first.Close())
	second := <-accepted // its place became free
	require.NoError(t, limited.Close())
	require.ErrorIs(t, <-ended, net.ErrClosed)
	require.NoError(t, second.Close())
}
