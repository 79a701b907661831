/**
 * What a Spring Boot user writes by hand, with Spring's defaults: Tomcat, a RabbitTemplate without confirms, a
 * {@code @RabbitListener} with one consumer, a {@code @RedisHash} repository over Jedis, no login; in two processes. It
 * promises less than Caravan: it may lose a job that it has accepted, two workers may run one job and overwrite its result, and
 * a job that fails is dropped.
 */
package dev.caravan.bench.spring;
