package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

const readyTimeout = 30 * time.Second

// One server on one port, which is killed and started again, and dies with this program.
type process struct {
	command func(port int) *exec.Cmd
	ready   func(port int) bool
	log     *os.File
	port    int

	mutex   sync.Mutex
	running *exec.Cmd // Guarded by mutex.
	kills   int       // Guarded by mutex.
}

// A loopback port that nobody listens on now.
func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

func (p *process) start() error {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	command := p.command(p.port)
	command.Stdout, command.Stderr = p.log, p.log
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := command.Start(); err != nil {
		return err
	}
	p.running = command
	for deadline := time.Now().Add(readyTimeout); !p.ready(p.port); {
		if time.Now().After(deadline) {
			return errors.New("the server did not become ready")
		}
		time.Sleep(5 * time.Millisecond)
	}
	return nil
}

// Ends the server as a crash of it does. Error: it had ended by itself.
func (p *process) kill() error {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.running == nil {
		return nil
	}
	_ = p.running.Process.Kill()
	_ = p.running.Wait() // Its state says more.
	status, known := p.running.ProcessState.Sys().(syscall.WaitStatus)
	ended := p.running.ProcessState.String()
	p.running = nil
	p.kills++
	if !known || !status.Signaled() || status.Signal() != syscall.SIGKILL {
		return fmt.Errorf("the server ended by itself: %s", ended)
	}
	return nil
}

func (p *process) killAndRestart() error {
	if err := p.kill(); err != nil {
		return err
	}
	if err := p.start(); err != nil {
		return fmt.Errorf("after kill %d: %w", p.kills, err)
	}
	return nil
}
