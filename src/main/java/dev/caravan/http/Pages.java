package dev.caravan.http;

import java.util.List;
import org.springframework.boot.web.server.MimeMappings;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.servlet.server.ConfigurableServletWebServerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.servlet.config.annotation.ViewControllerRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/**
 * Serves the pages in {@code static/} under the names of their directories: Spring MVC knows a welcome page for the
 * root only. Redirects addresses without the slash at the end, because the page's relative links need it.
 */
@Configuration(proxyBeanMethods = false)
class Pages implements WebMvcConfigurer {
    private static final List<String> PAGES = List.of("/api-docs", "/chat");

    @Override
    public void addViewControllers(ViewControllerRegistry registry) {
        for (String page : PAGES) {
            registry.addRedirectViewController(page, page + "/");
            registry.addViewController(page + "/").setViewName("forward:" + page + "/index.html");
        }
    }

    /** {@code openapi.yaml} is YAML (RFC 9512) and not, as the server has it, bytes of no known kind. */
    @Bean
    static WebServerFactoryCustomizer<ConfigurableServletWebServerFactory> yamlIsYaml() {
        return server -> {
            MimeMappings mappings = new MimeMappings(MimeMappings.DEFAULT);
            mappings.add("yaml", "application/yaml");
            server.setMimeMappings(mappings);
        };
    }
}
