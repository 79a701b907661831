package dev.caravan.job.webhook;

import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.redis.core.StringRedisTemplate;

/** Where webhooks and hooks are stored. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(WebhookSettings.class)
class WebhookConfiguration {
    @Bean
    Definitions<Webhook> webhookDefinitions(StringRedisTemplate redis) {
        return new Definitions<>(redis, "caravan:webhooks", Webhook.class);
    }

    @Bean
    Definitions<Hook> hookDefinitions(StringRedisTemplate redis) {
        return new Definitions<>(redis, "caravan:hooks", Hook.class);
    }
}
