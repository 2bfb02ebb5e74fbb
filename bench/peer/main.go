// peer: the least that a scheduler extender in Go does, for bench/run.
// SPDX-License-Identifier: Apache-2.0
//
// It decodes ExtenderArgs into Kubernetes' own types with encoding/json, as the extenders in Go do, and
// judges a node by counts of nvidia.com/* alone: a map look-up per node for names, allocatable of the
// object for whole nodes. No logs, no metrics, no pods: what is left is the price of the protocol.
//
// scripts/kube-assets builds it within Kubernetes' source tree, whose vendor folder has the types.
package main

import (
	"encoding/json"
	"flag"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"

	v1 "k8s.io/api/core/v1"
	extender "k8s.io/kube-scheduler/extender/v1"
)

const (
	gpuPrefix      = "nvidia.com/"
	migState       = "nvidia.com/mig.config.state"
	reasonUnusable = "node takes no pods"
	reasonUnknown  = "unknown node"
	reasonNone     = "node has no such GPU resource"
	reasonBusy     = "GPU devices in use"
	maxScore       = 10
)

// counts of nvidia.com/* resources by name.
type counts map[v1.ResourceName]int64

// node is what the peer keeps of one in the cluster file.
type node struct {
	free     counts
	unusable bool
}

type server struct {
	nodes map[string]node
}

func gpus(list v1.ResourceList) counts {
	found := counts{}
	for name, quantity := range list {
		if strings.HasPrefix(string(name), gpuPrefix) {
			found[name] = quantity.Value()
		}
	}
	return found
}

func request(pod *v1.Pod) counts {
	sum := counts{}
	for i := range pod.Spec.Containers {
		for name, count := range gpus(pod.Spec.Containers[i].Resources.Requests) {
			sum[name] += count
		}
	}
	for i := range pod.Spec.InitContainers {
		for name, count := range gpus(pod.Spec.InitContainers[i].Resources.Requests) {
			if count > sum[name] {
				sum[name] = count
			}
		}
	}
	return sum
}

func unusable(n *v1.Node) bool {
	state, reconfigured := n.Labels[migState]
	return n.Spec.Unschedulable || (reconfigured && state != "success")
}

// judge gives the reason why a node does not fit, or "".
func judge(wanted, free counts, unusable bool) string {
	if unusable {
		return reasonUnusable
	}
	for name, count := range wanted {
		have, known := free[name]
		if !known || have == 0 {
			return reasonNone
		}
		if have < count {
			return reasonBusy
		}
	}
	return ""
}

func (s *server) judgeName(wanted counts, name string) string {
	n, known := s.nodes[name]
	if !known {
		return reasonUnknown
	}
	return judge(wanted, n.free, n.unusable)
}

// judgeNode looks at the wanted resources only.
func judgeNode(wanted counts, n *v1.Node) string {
	free := make(counts, len(wanted))
	for name := range wanted {
		if quantity, known := n.Status.Allocatable[name]; known {
			free[name] = quantity.Value()
		}
	}
	return judge(wanted, free, unusable(n))
}

func (s *server) filter(args *extender.ExtenderArgs) *extender.ExtenderFilterResult {
	result := &extender.ExtenderFilterResult{FailedNodes: extender.FailedNodesMap{}}
	wanted := request(args.Pod)
	if args.NodeNames != nil {
		names := make([]string, 0, len(*args.NodeNames))
		for _, name := range *args.NodeNames {
			if reason := s.judgeName(wanted, name); reason != "" {
				result.FailedNodes[name] = reason
			} else {
				names = append(names, name)
			}
		}
		result.NodeNames = &names
		return result
	}
	result.Nodes = &v1.NodeList{Items: make([]v1.Node, 0, len(args.Nodes.Items))}
	for i := range args.Nodes.Items {
		n := &args.Nodes.Items[i]
		if reason := judgeNode(wanted, n); reason != "" {
			result.FailedNodes[n.Name] = reason
		} else {
			result.Nodes.Items = append(result.Nodes.Items, *n)
		}
	}
	return result
}

func (s *server) prioritize(args *extender.ExtenderArgs) extender.HostPriorityList {
	wanted := request(args.Pod)
	list := extender.HostPriorityList{}
	add := func(name, reason string) {
		score := int64(0)
		if reason == "" {
			score = maxScore
		}
		list = append(list, extender.HostPriority{Host: name, Score: score})
	}
	if args.NodeNames != nil {
		for _, name := range *args.NodeNames {
			add(name, s.judgeName(wanted, name))
		}
	} else {
		for i := range args.Nodes.Items {
			add(args.Nodes.Items[i].Name, judgeNode(wanted, &args.Nodes.Items[i]))
		}
	}
	return list
}

// verb answers a POST with ExtenderArgs; wrong ones as the verb tells errors.
func verb(answer func(*extender.ExtenderArgs) interface{}, wrong func(string) interface{}) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var args extender.ExtenderArgs
		var result interface{}
		if err := json.NewDecoder(r.Body).Decode(&args); err != nil {
			result = wrong(err.Error())
		} else if args.Pod == nil || (args.Nodes == nil && args.NodeNames == nil) {
			result = wrong("Pod, or both Nodes and NodeNames are missing")
		} else {
			result = answer(&args)
		}
		text, err := json.Marshal(result)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(text)))
		// The scheduler that hung up has nobody left to tell.
		_, _ = w.Write(text)
	}
}

func (s *server) load(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var list v1.NodeList
	if err := json.Unmarshal(text, &list); err != nil {
		return err
	}
	for i := range list.Items {
		n := &list.Items[i]
		s.nodes[n.Name] = node{free: gpus(n.Status.Allocatable), unusable: unusable(n)}
	}
	return nil
}

// serve listens and writes the port to a file once it is open.
func (s *server) serve(address, portFile string) error {
	mux := http.NewServeMux()
	mux.HandleFunc("/filter", verb(
		func(args *extender.ExtenderArgs) interface{} { return s.filter(args) },
		func(text string) interface{} { return &extender.ExtenderFilterResult{Error: text} }))
	mux.HandleFunc("/prioritize", verb(
		func(args *extender.ExtenderArgs) interface{} { return s.prioritize(args) },
		func(string) interface{} { return extender.HostPriorityList{} }))
	mux.HandleFunc("/readyz", func(http.ResponseWriter, *http.Request) {})
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	if portFile != "" {
		port := strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
		if err := os.WriteFile(portFile, []byte(port+"\n"), 0o644); err != nil {
			return err
		}
	}
	return http.Serve(listener, mux)
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("peer: ")
	flags := flag.NewFlagSet("peer serve", flag.ExitOnError)
	address := flags.String("listen", "127.0.0.1:0", "address and port")
	portFile := flags.String("port-file", "", "file to write the port to")
	cluster := flags.String("cluster", "", "v1 List of nodes that names refer to")
	if len(os.Args) < 2 || os.Args[1] != "serve" {
		log.Fatal("usage: peer serve [--listen HOST:PORT] [--port-file FILE] [--cluster FILE]")
	}
	_ = flags.Parse(os.Args[2:]) // exits on errors
	s := &server{nodes: map[string]node{}}
	if *cluster != "" {
		if err := s.load(*cluster); err != nil {
			log.Fatal(err)
		}
	}
	log.Fatal(s.serve(*address, *portFile))
}
