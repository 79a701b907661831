package dev.caravan.security;

import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.redis.serializer.Jackson2JsonRedisSerializer;
import org.springframework.data.redis.serializer.RedisSerializer;
import org.springframework.web.servlet.config.annotation.ViewControllerRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/** The login form, and the format of sessions in Redis. */
@Configuration(proxyBeanMethods = false)
class LoginConfiguration implements WebMvcConfigurer {
    static final String FORM = "/login";
    static final String LOGOUT = "/logout";

    @Override
    public void addViewControllers(ViewControllerRegistry registry) {
        registry.addViewController(FORM).setViewName("forward:/login/index.html");
    }

    /** Plain JSON: data from Redis becomes text or a number, never an object of a class that it names. */
    @Bean("springSessionDefaultRedisSerializer")
    @ConditionalOnMissingBean(name = "springSessionDefaultRedisSerializer")
    RedisSerializer<Object> sessionsAreJson() {
        return new Jackson2JsonRedisSerializer<>(Object.class);
    }
}
