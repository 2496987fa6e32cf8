module waijiao

go 1.26
