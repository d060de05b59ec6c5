package c2s

import (
	"errors"
	"log/slog"
	"os"
	"sync"
	"syscall"
)

// canSleep says whether there is a way to watch a socket without a goroutine.
const canSleep = true

// sleepers watches the sockets of streams that sleep: an epoll set of their own,
// in which each is armed for one event. The set is itself a file that the
// runtime's poller can wait on, so watching it takes no thread.
type sleepers struct {
	log   *slog.Logger
	begin sync.Once

	mu    sync.Mutex
	file  *os.File // nil before the first stream sleeps, and if the system refuses
	fd    int
	links map[int32]*link // by descriptor
}

// stop ends the watching.
func (s *sleepers) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file != nil {
		_ = s.file.Close()
	}
}

// open makes the set and begins to watch it.
func (s *sleepers) open() {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err == nil {
		err = syscall.SetNonblock(fd, true)
	}
	if err != nil {
		s.log.Warn("idle streams cannot sleep", slog.Any("err", err))
		return
	}
	s.mu.Lock()
	s.file, s.fd, s.links = os.NewFile(uintptr(fd), "epoll"), fd, make(map[int32]*link)
	s.mu.Unlock()
	go s.run() // stopped by stop
}

func (s *sleepers) run() {
	raw, err := s.file.SyscallConn()
	if err != nil {
		s.log.Error("idle streams cannot be watched", slog.Any("err", err))
		return
	}
	var events [128]syscall.EpollEvent
	n := 0
	poll := func(fd uintptr) bool {
		n, _ = syscall.EpollWait(int(fd), events[:], 0)
		return n > 0
	}
	for raw.Read(poll) == nil {
		for _, e := range events[:n] {
			s.mu.Lock()
			k := s.links[e.Fd]
			s.mu.Unlock()
			if k != nil {
				k.wake()
			}
		}
	}
}

// watch arms the socket of k; it is false if that is not possible. An event that
// comes after the descriptor has got another owner wakes that one for nothing,
// which does no harm.
func (s *sleepers) watch(k *link) bool {
	s.begin.Do(s.open)
	armed := false
	err := k.wire.socket().Control(func(fd uintptr) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.file == nil {
			return
		}
		k.watched = int32(fd)
		s.links[k.watched] = k
		e := syscall.EpollEvent{Events: syscall.EPOLLIN | syscall.EPOLLRDHUP | syscall.EPOLLONESHOT, Fd: k.watched}
		// A socket that has slept before is in the set, disarmed.
		err := syscall.EpollCtl(s.fd, syscall.EPOLL_CTL_MOD, int(fd), &e)
		if errors.Is(err, syscall.ENOENT) {
			err = syscall.EpollCtl(s.fd, syscall.EPOLL_CTL_ADD, int(fd), &e)
		}
		armed = err == nil
	})
	return err == nil && armed
}

// forget drops a stream that has ended. The system has dropped its socket.
func (s *sleepers) forget(k *link) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.links[k.watched] == k {
		delete(s.links, k.watched)
	}
}
