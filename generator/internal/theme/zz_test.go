package theme

import ("testing";"time";"github.com/goccy/go-yaml")

func FuzzZ(f *testing.F){
	for _,s:=range []string{"a: b","a: [","- {","a: &x *x","? a","<<: *a","a: !!binary x","%Y","a: |2\n x","{a: ,}","a: 'x","\"\\u","a:\n\tb","*a: b","[[a: b]: c]"}{f.Add([]byte(s))}
	f.Fuzz(func(t *testing.T,b []byte){
		done:=make(chan int)
		go func(){ defer close(done); w:=map[string]string{}; _=yaml.UnmarshalWithOptions(b,&w,yaml.Strict()) }()
		select{ case <-done: case <-time.After(3*time.Second): t.Fatalf("slow: %d bytes %q",len(b),b[:min(len(b),200)]) }
	})
}
