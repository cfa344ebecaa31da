"""Who is in the pictures, in which language and at which window."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.sync_api import Page, expect

from tests.fixtures.browser import DESKTOP, PHONE, People, Person
from tests.fixtures.server import Server

PEOPLE_SCRIPT: Final = (Path(__file__).parent / "people.js").read_text(encoding="utf-8")
# Cameras that are out of sight are not sent.
EVERY_PICTURE_SHOWS: Final = """() => [...document.querySelectorAll('video')]
  .filter((video) => video.getBoundingClientRect().left < innerWidth)
  .every((video) => video.videoWidth > 0 && video.currentTime > 0)"""
SETTLED_MS: Final = 700
"""Until pictures have come up and movements have ended."""

PATIENCE_S: Final = 60.0
"""Nine people on two cores are slow; a picture is worth the wait."""

SLIDE_BARS: Final = (0.35, 0.5, 0.45, 0.7, 0.8, 1.0)


@dataclass(frozen=True)
class Words:
    """What outside tests find too: labels and buttons of one language."""

    locale: str
    cast: tuple[str, ...]
    topic: str
    slide: str
    phone: str
    code: str
    get_code: str
    log_in: str
    register: str
    name: str
    email: str
    join: str
    invite: str
    members: str
    share: str
    leave: str
    leave_meeting: str
    just_leave: str
    close: str
    agree: str
    sound_devices: str
    react: str
    account_menu: str
    speaker_view: str
    gallery_view: str


WORDS: Final = {
    "zh": Words(
        locale="zh-CN",
        cast=("林晓", "周航", "王睿", "何静", "李牧", "Emma", "陈可", "赵一", "孙悦"),
        topic="产品周会",
        slide="第三季度使用情况",
        phone="手机号码",
        code="验证码",
        get_code="获取验证码",
        log_in="登录",
        register="注册",
        name="姓名",
        email="电子邮件",
        join="加入会议",
        invite="邀请",
        members="成员",
        share="共享屏幕",
        leave="离开",
        leave_meeting="离开会议",
        just_leave="直接离开",
        close="关闭",
        agree="同意并继续",
        sound_devices="选择麦克风和扬声器",
        react="表情",
        account_menu="的账号菜单",
        speaker_view="演讲者视图",
        gallery_view="宫格视图",
    ),
    "en": Words(
        locale="en-GB",
        cast=(
            "Emma",
            "Zhou Hang",
            "Wang Rui",
            "He Jing",
            "Li Mu",
            "Lin Xiao",
            "Chen Ke",
            "Zhao Yi",
            "Sun Yue",
        ),
        topic="Weekly product meeting",
        slide="Usage in the third quarter",
        phone="Mobile number",
        code="Code",
        get_code="Get code",
        log_in="Log in",
        register="Register",
        name="Name",
        email="E-mail",
        join="Join a meeting",
        invite="Invite",
        members="Participants",
        share="Share screen",
        leave="Leave",
        leave_meeting="Leave meeting",
        just_leave="Leave without assigning",
        close="Close",
        agree="Agree and continue",
        sound_devices="Choose microphone and speaker",
        react="React",
        account_menu="Account menu for",
        speaker_view="Speaker view",
        gallery_view="Gallery view",
    ),
}

SIZES: Final = {
    "desktop": DESKTOP,
    "phone": PHONE,
    "small": (360, 640),
    "tablet": (768, 1024),
    "wide": (1920, 1080),
    "wall": (2560, 1440),
}
EVERY_PAGE: Final = ("desktop", "phone")
"""At the other windows those pages are taken whose layout depends on it most."""
HANDHELD: Final = ("phone", "small", "tablet")
"""Pages ask for fingers, not for widths alone."""

# Grounds, hair, skin and clothes of the drawn people, in the order of the cast.
COLOURS: Final = (
    ("#27405f", "#1b1414", "#efc4a4", "#e9eef6", True),
    ("#33406d", "#20181a", "#e6b592", "#1d5bff", False),
    ("#4a3a55", "#2b2320", "#dba880", "#d97757", False),
    ("#52443a", "#171212", "#efc4a4", "#f2c86b", True),
    ("#3d4a3e", "#3a2a22", "#e6b592", "#8aa37b", False),
    ("#2c4a50", "#b7803f", "#f3cfb3", "#3f4b5c", True),
    ("#3b3f5c", "#241a16", "#e6b592", "#7c6bd6", True),
    ("#46524a", "#1b1414", "#dba880", "#c94f4f", False),
    ("#5a4a4a", "#20181a", "#efc4a4", "#2f7d6b", True),
)


@dataclass(frozen=True)
class Scene:
    """One language at one window; `take` writes a picture."""

    server: Server
    people: People
    folder: Path
    language: str
    size: str
    chosen: frozenset[str]
    dark: bool = False

    @property
    def words(self) -> Words:
        return WORDS[self.language]

    @property
    def window(self) -> tuple[int, int]:
        return SIZES[self.size]

    def sits(self, place: int, *, camera: bool = True, microphone: bool = True) -> Person:
        """The person at this place of the cast, at a window of this scene."""
        words, (ground, hair, skin, clothes, long) = self.words, COLOURS[place]
        touch = self.size in HANDHELD
        person = self.people(
            words.cast[place], locale=words.locale, size=self.window, dark=self.dark, touch=touch
        )
        person.context.set_default_timeout(PATIENCE_S * 1000)
        setting = {
            "camera": camera,
            "microphone": microphone,
            "colours": {"ground": ground, "hair": hair, "skin": skin, "clothes": clothes, "long": long},
            "slide": {"title": words.slide, "bars": SLIDE_BARS},
        }
        person.context.add_init_script(f"{PEOPLE_SCRIPT}({json.dumps(setting)})")
        return person

    def wants(self, *names: str) -> bool:
        return not self.chosen.isdisjoint(names)

    def take(self, page: Page, name: str, shown: str = "h1, [role=alert]") -> None:
        """`shown`: selector of what is there when the page is as it should be."""
        if not self.wants(name):
            return
        expect(page.locator(shown).first).to_be_visible()
        page.mouse.move(0, 0)  # what lies under the pointer looks different
        page.wait_for_function(EVERY_PICTURE_SHOWS)
        expect(page.locator("[aria-live=polite] > *")).to_have_count(0)
        page.wait_for_timeout(SETTLED_MS)
        path = self.folder / f"{name}-{self.language}-{self.size}{'-dark' if self.dark else ''}.png"
        page.screenshot(path=path)
        print(path.name)
