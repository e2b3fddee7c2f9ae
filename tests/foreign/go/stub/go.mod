// Stands in for a module that is not compiled.
module sigsum.org/sigsum-go

go 1.27.0
