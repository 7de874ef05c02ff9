module partwise/linearizability

go 1.23

require github.com/anishathalye/porcupine v1.3.1

require (
	github.com/aws/aws-sdk-go-v2 v1.41.1
	github.com/aws/smithy-go v1.24.0 // indirect
)
