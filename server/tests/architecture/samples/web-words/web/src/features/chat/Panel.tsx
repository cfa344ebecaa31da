// 注释 may be in any language
export const Panel = () => <p>发送消息</p>;
