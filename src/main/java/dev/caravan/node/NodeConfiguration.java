package dev.caravan.node;

import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Lets routes ask for the roles of this node. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(NodeSettings.class)
class NodeConfiguration {
    @Bean
    Roles roles(NodeSettings settings) {
        return new Roles(settings.roles());
    }
}
