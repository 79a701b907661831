package dev.caravan.bench.spring;

import org.springframework.data.annotation.Id;
import org.springframework.data.redis.core.RedisHash;

/** The status of a job: 1 while it runs, 0 when it is finished. */
@RedisHash("Job")
record Job(@Id String id, int status, String message, String result) {}
