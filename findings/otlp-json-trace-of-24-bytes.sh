#!/usr/bin/env bash
# OTLP: a trace that JavaScript has sent as JSON has another id, of 24 bytes, where Python reads it as protobuf's JSON.
# Standard: OpenTelemetry protocol 1.x, "JSON Protobuf Encoding": traceId and spanId are hexadecimal, not Base64 as bytes
# are in protobuf's own JSON, and the values of enumerations are numbers alone.
# For a node: hexadecimal digits are Base64 as well, so nothing is refused: the spans of an AI system's run are kept under
# an id that nobody else knows, and evidence of one run falls into two. What Python writes back is no OTLP.
# Turn the ids over before and after, and check that they have 16 and 8 bytes.
. "$(dirname "$0")/_room.sh"
guess "json_format with the project's own opentelemetry-proto reads and writes what the JavaScript SDK sends"
found "16 bytes become 24 without an error; written by Python the ids are Base64 and the kind is a name"
python_with opentelemetry-proto==1.45.2
node_with @opentelemetry/otlp-transformer@0.223.1 @opentelemetry/sdk-trace-base@2.12.1
node_sees <<'JS'
import { writeFileSync } from 'node:fs'
import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
const spans = new InMemorySpanExporter()
const ids = { generateTraceId: () => '5b8efff798038103d269b633813fc60c', generateSpanId: () => 'eee19b7ec3c1b174' }
const provider = new BasicTracerProvider({ idGenerator: ids, spanProcessors: [new SimpleSpanProcessor(spans)] })
provider.getTracer('agent').startSpan('answer').end()
const sent = JsonTraceSerializer.serializeRequest(spans.getFinishedSpans())
writeFileSync('trace.json', sent)
const [span] = JSON.parse(new TextDecoder().decode(sent)).resourceSpans[0].scopeSpans[0].spans
console.log('sent by JavaScript', span.traceId, span.spanId, span.kind)
JS
python_sees <<'PY'
from google.protobuf import json_format
from opentelemetry.proto.trace.v1.trace_pb2 import Span, TracesData
span = json_format.Parse(open("trace.json").read(), TracesData()).resource_spans[0].scope_spans[0].spans[0]
print("read by Python", span.trace_id.hex(), span.span_id.hex(), "bytes:", len(span.trace_id), len(span.span_id))
span = Span(trace_id=bytes.fromhex("5b8efff798038103d269b633813fc60c"), span_id=bytes.fromhex("eee19b7ec3c1b174"), kind=1)
print("written by Python", *json_format.MessageToDict(span).values())
PY
unchanged <<'END'
sent by JavaScript 5b8efff798038103d269b633813fc60c eee19b7ec3c1b174 1
read by Python e5bf1e7df7fbf7cd37f35d37776ebd6fadf7f35ddf73ad1c 79e7b5f5bede7377356f5ef8 bytes: 24 12
written by Python W47/95gDgQPSabYzgT/GDA== 7uGbfsPBsXQ= SPAN_KIND_INTERNAL
END
