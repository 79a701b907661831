package dev.caravan.observability.hawtio;

import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.CacheControl;
import org.springframework.web.servlet.config.annotation.ResourceHandlerRegistry;
import org.springframework.web.servlet.config.annotation.ViewControllerRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/** Serves Hawtio's pages, and Jolokia for them. The filter chain has checked the user before. */
@Configuration(proxyBeanMethods = false)
class HawtioConfiguration implements WebMvcConfigurer {
    static final String HAWTIO = "/hawtio";
    private static final String FILES = "classpath:/hawtio-static/";
    private static final String INDEX = "forward:" + HAWTIO + "/index.html";

    @Override
    public void addViewControllers(ViewControllerRegistry registry) {
        registry.addRedirectViewController(HAWTIO, HAWTIO + "/");
        registry.addViewController(HAWTIO + "/").setViewName(INDEX);
        // The addresses of its tabs, when the page is loaded anew there. None of its files has a name without a dot.
        registry.addViewController(HAWTIO + "/{tab:[a-z]+}").setViewName(INDEX);
        registry.addViewController(HAWTIO + "/{tab:camel|jmx|runtime|preferences|connect|help}/**")
                .setViewName(INDEX);
    }

    @Override
    public void addResourceHandlers(ResourceHandlerRegistry registry) {
        registry.addResourceHandler(HAWTIO + "/**").addResourceLocations(FILES).setCacheControl(CacheControl.noCache());
    }

    @Bean
    ServletRegistrationBean<JolokiaServlet> jolokia(JolokiaPolicy policy) {
        ServletRegistrationBean<JolokiaServlet> servlet =
                new ServletRegistrationBean<>(new JolokiaServlet(policy), HAWTIO + "/jolokia/*");
        servlet.setName("jolokia");
        servlet.addInitParameter("agentDescription", "Caravan");
        servlet.addInitParameter("discoveryEnabled", "false");
        servlet.addInitParameter("allowDnsReverseLookup", "false");
        servlet.addInitParameter("allowErrorDetails", "false"); // no stack traces
        servlet.addInitParameter("includeStackTrace", "false");
        servlet.addInitParameter("logHandlerClass", "org.jolokia.server.core.service.impl.QuietLogHandler");
        return servlet;
    }
}
