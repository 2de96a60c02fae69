// Argo CD's own programs in one, as its image has them: which one it is, its name says. In the places of the programs
// that the module does not bring it has libraries: kustomize's own commands, and a Redis that keeps all in memory.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/alicebob/miniredis/v2"
	controller "github.com/argoproj/argo-cd/v3/cmd/argocd-application-controller/commands"
	askpass "github.com/argoproj/argo-cd/v3/cmd/argocd-git-ask-pass/commands"
	reposerver "github.com/argoproj/argo-cd/v3/cmd/argocd-repo-server/commands"
	"github.com/spf13/cobra"
	kustomize "sigs.k8s.io/kustomize/kustomize/v5/commands"
)

func main() {
	commands := map[string]func() *cobra.Command{
		"argocd-application-controller": controller.NewCommand,
		"argocd-git-ask-pass":           askpass.NewCommand,
		"argocd-redis":                  redis,
		"argocd-repo-server":            reposerver.NewCommand,
		"kustomize":                     kustomize.NewDefaultCommand,
	}
	// Git asks for credentials by calling `argocd`, and says so where Argo CD's own main looks, too.
	name := os.Getenv("ARGOCD_BINARY_NAME")
	if name == "" {
		name = filepath.Base(os.Args[0])
	}
	command, known := commands[name]
	if !known {
		fmt.Fprintf(os.Stderr, "%s is none of Argo CD's programs\n", name)
		os.Exit(2)
	}
	if command().Execute() != nil {
		os.Exit(1)
	}
}

// redis serves until it is told to end. It understands the one option of the real one that Argo CD's manifest gives it
// and that matters here, the password; that nothing is saved goes without saying.
func redis() *cobra.Command {
	return &cobra.Command{
		DisableFlagParsing: true,
		RunE: func(_ *cobra.Command, given []string) error {
			server := miniredis.NewMiniRedis()
			for _, option := range given {
				if password, found := strings.CutPrefix(option, "--requirepass "); found {
					server.RequireAuth(password)
				}
			}
			if err := server.StartAddr(":6379"); err != nil {
				return err
			}
			defer server.Close()
			ended := make(chan os.Signal, 1)
			signal.Notify(ended, syscall.SIGTERM, syscall.SIGINT)
			// It has no clock of its own: without this one nothing that it keeps would ever expire.
			second := time.NewTicker(time.Second)
			defer second.Stop()
			for {
				select {
				case <-second.C:
					server.FastForward(time.Second)
				case <-ended:
					return nil
				}
			}
		},
	}
}
