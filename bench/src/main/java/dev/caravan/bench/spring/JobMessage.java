package dev.caravan.bench.spring;

import com.fasterxml.jackson.databind.JsonNode;

/** What the producer sends to the consumer. */
record JobMessage(String jobId, JsonNode payload) {}
