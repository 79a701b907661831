package dev.caravan.security;

import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.redis.serializer.Jackson2JsonRedisSerializer;
import org.springframework.data.redis.serializer.RedisSerializer;
import org.springframework.web.servlet.config.annotation.ViewControllerRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/** The form, and what is kept of logins. */
@Configuration(proxyBeanMethods = false)
class LoginConfiguration implements WebMvcConfigurer {
    static final String FORM = "/login";
    static final String LOGOUT = "/logout";

    @Override
    public void addViewControllers(ViewControllerRegistry registry) {
        registry.addViewController(FORM).setViewName("forward:/login/index.html");
    }

    /** Plain JSON: whatever is in Redis becomes text or a number, and never an object of a class that it names. */
    @Bean("springSessionDefaultRedisSerializer")
    @ConditionalOnMissingBean(name = "springSessionDefaultRedisSerializer")
    RedisSerializer<Object> sessionsAreJson() {
        return new Jackson2JsonRedisSerializer<>(Object.class);
    }
}
