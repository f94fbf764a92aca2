// Sends one event, signed. Needs Go 1.18 or later and nothing else.
//
//	export CATALOG_URL=https://sync.example.com CATALOG_TENANT=shop CATALOG_SUPPLIER=acme CATALOG_SECRET=whsec_…
//	go run send.go CHAIR-01 5
package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

const tries = 5

type event struct {
	ID        string `json:"id"`
	SKU       string `json:"sku"`
	Quantity  int    `json:"quantity"`
	UpdatedAt string `json:"updatedAt"`
}

// One try: the status, the answer, and how long to wait if it is to be tried again (0: not at all).
func post(client *http.Client, url string, key []byte, messageID string, body []byte) (int, string, time.Duration) {
	timestamp := strconv.FormatInt(time.Now().Unix(), 10)
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", messageID, timestamp, body)
	request, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return 0, err.Error(), 0
	}
	request.Header.Set("content-type", "application/json")
	request.Header.Set("webhook-id", messageID)
	request.Header.Set("webhook-timestamp", timestamp)
	request.Header.Set("webhook-signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	answer, err := client.Do(request)
	if err != nil {
		return 0, err.Error(), 2 * time.Second
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	if answer.StatusCode != http.StatusTooManyRequests && answer.StatusCode < 500 {
		return answer.StatusCode, string(text), 0
	}
	wait, err := strconv.Atoi(answer.Header.Get("retry-after"))
	if err != nil {
		wait = 2
	}
	return answer.StatusCode, string(text), time.Duration(wait) * time.Second
}

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: send.go SKU QUANTITY [EVENT-ID]")
		os.Exit(2)
	}
	quantity, err := strconv.Atoi(os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, "the quantity has to be a whole number")
		os.Exit(2)
	}
	random := make([]byte, 12)
	rand.Read(random)
	id, messageID := "evt-"+hex.EncodeToString(random), "msg-"+hex.EncodeToString(random)
	if len(os.Args) > 3 {
		id = os.Args[3]
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(os.Getenv("CATALOG_SECRET"), "whsec_"))
	if err != nil {
		fmt.Fprintln(os.Stderr, "CATALOG_SECRET is not whsec_ and base64")
		os.Exit(2)
	}
	url := fmt.Sprintf("%s/v1/tenants/%s/suppliers/%s/events",
		os.Getenv("CATALOG_URL"), os.Getenv("CATALOG_TENANT"), os.Getenv("CATALOG_SUPPLIER"))
	// The very bytes that are signed are sent, and the same ones with every try: what arrives twice counts once.
	body, _ := json.Marshal(event{id, os.Args[1], quantity, time.Now().UTC().Format(time.RFC3339Nano)})
	client := &http.Client{Timeout: 10 * time.Second}
	status, answer, wait := post(client, url, key, messageID, body)
	for try := 1; wait > 0 && try < tries; try++ {
		time.Sleep(wait)
		status, answer, wait = post(client, url, key, messageID, body)
	}
	fmt.Println(status, answer)
	if status != http.StatusAccepted {
		os.Exit(1)
	}
}
