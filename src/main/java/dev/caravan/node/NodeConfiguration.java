package dev.caravan.node;

import java.util.List;
import org.apache.camel.CamelContext;
import org.apache.camel.spi.PropertiesFunction;
import org.apache.camel.spring.boot.CamelContextConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Lets routes ask for the roles of this node and for settings. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(NodeSettings.class)
class NodeConfiguration {
    @Bean
    Roles roles(NodeSettings settings) {
        return new Roles(settings.roles());
    }

    @Bean
    CamelContextConfiguration propertiesFunctions(List<PropertiesFunction> functions) {
        return new CamelContextConfiguration() {
            @Override
            public void beforeApplicationStart(CamelContext context) {
                functions.forEach(context.getPropertiesComponent()::addPropertiesFunction);
            }

            @Override
            public void afterApplicationStart(CamelContext context) {}
        };
    }
}
