package dev.caravan.embedded;

import java.util.Map;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Profile;
import org.springframework.core.env.ConfigurableEnvironment;

/**
 * Starts each server that the environment does not name. Each is its own connection details, so Spring Boot's connection
 * factories depend on it: it is ready before the first of them and stops after the last.
 *
 * <p>A second node joins by the files that the first one logs: they set the usual addresses ({@code spring.rabbitmq.*},
 * {@code spring.data.redis.*}), so that its own servers do not start.
 */
@Configuration(proxyBeanMethods = false)
@Profile("embedded")
@EnableConfigurationProperties(EmbeddedSettings.class)
class EmbeddedConfiguration {

    /** Lazy: without an embedded part there is no directory either. */
    @Bean
    @Lazy
    RunDirectory embeddedRunDirectory(ObjectProvider<EarlyBroker.Started> early) {
        EarlyBroker.Started started = early.getIfAvailable();
        return started == null ? RunDirectory.open() : started.directory();
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnUnset({"spring.rabbitmq.host", "spring.rabbitmq.port", "spring.rabbitmq.addresses"})
    static class BrokerConfiguration {

        @Bean
        EmbeddedBroker embeddedBroker(
                ObjectProvider<EarlyBroker.Started> early,
                RunDirectory directory,
                EmbeddedSettings settings,
                ConfigurableEnvironment environment) {
            EarlyBroker.Started started = early.getIfAvailable();
            EmbeddedBroker broker = started == null
                    ? EmbeddedBroker.start(directory.path(), settings.brokerPort())
                    : started.broker().join();
            JoinFile.write(
                    directory,
                    "broker",
                    Map.of(
                            "spring.rabbitmq.addresses",
                            EmbeddedBroker.HOST + ":" + broker.port(),
                            "spring.rabbitmq.username",
                            EmbeddedBroker.USER,
                            "spring.rabbitmq.password",
                            broker.getPassword()),
                    environment);
            return broker;
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnUnset({
        "spring.data.redis.host",
        "spring.data.redis.port",
        "spring.data.redis.url",
        "spring.data.redis.sentinel",
        "spring.data.redis.cluster"
    })
    static class RedisConfiguration {

        @Bean
        EmbeddedRedis embeddedRedis(
                RunDirectory directory, EmbeddedSettings settings, ConfigurableEnvironment environment) {
            EmbeddedRedis redis = EmbeddedRedis.start(directory.path(), settings.redisPort());
            JoinFile.write(
                    directory,
                    "redis",
                    Map.of(
                            "spring.data.redis.host", EmbeddedRedis.HOST,
                            "spring.data.redis.port", Integer.toString(redis.port()),
                            "spring.data.redis.password", redis.getPassword()),
                    environment);
            return redis;
        }
    }
}
