# right: frame pacing of a game; dt drives the physics
import time
import pygame

FPS = 60
pygame.init()
screen = pygame.display.set_mode((640, 480))
pos, vel = 320.0, 180.0
prev = time.perf_counter()
running = True

while running:
    for event in pygame.event.get():
        if event.type == pygame.QUIT:
            running = False
    now = time.perf_counter()
    dt, prev = now - prev, now
    pos += vel * dt
    if not 10 < pos < 630:
        vel = -vel
        pos = max(10.0, min(630.0, pos))
    screen.fill((12, 12, 24))
    pygame.draw.circle(screen, (250, 200, 60), (int(pos), 240), 10)
    pygame.display.flip()
    time.sleep(max(0.0, 1 / FPS - (time.perf_counter() - now)))

pygame.quit()
