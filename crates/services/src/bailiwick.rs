//! Our own service, `bailiwick`: what AWS has in its console only, as operations like any other. Room messages, buttons,
//! room configurations, people and their sign-in links.

mod configurations;
mod messages;
mod people;

use bailiwick_aws::fault::Fault;

crate::operation::operations! {
    CreatePerson => people::create_person,
    CreateRoomConfiguration => configurations::create_room_configuration,
    CreateSignInLink => people::create_sign_in_link,
    DeleteRoomConfiguration => configurations::delete_room_configuration,
    DescribeRoomConfigurations => configurations::describe_room_configurations,
    ListPeople => people::list_people,
    ListRoomMessages => messages::list_room_messages,
    PostRoomMessage => messages::post_room_message,
    PressButton => messages::press_button,
    UpdateRoomConfiguration => configurations::update_room_configuration,
}

fn not_found(message: impl Into<String>) -> Fault {
    Fault::sender("ResourceNotFoundException", 404, message)
}

fn invalid(message: impl Into<String>) -> Fault {
    Fault::sender("InvalidParameterException", 400, message)
}

fn conflict(message: impl Into<String>) -> Fault {
    Fault::sender("ConflictException", 409, message)
}
