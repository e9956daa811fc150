// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Sig} from "./Signed.sol";

/// @notice An operator's word that an account has earned `cumulative` wei of PRIV in all; signed (EIP-712).
/// @param operator Whose funds pay it, and who signs it.
/// @param account Who is paid.
/// @param cumulative In wei, everything the operator has ever owed the account, what is paid already included.
struct Voucher {
    address operator;
    address account;
    uint256 cumulative;
}

/// @title IRewards
/// @notice Pays what node operators owe their users. Each operator funds a balance of its own and can spend no other.
/// Amounts are cumulative per (operator, account): what is paid is the difference to what was paid before, so a
/// repeated call pays nothing and a lost answer cannot lead to paying twice.
/// @dev A voucher is as good as its operator's balance. The notice before a withdrawal lets honest operators leave in
/// order; it does not bind one that wants to cheat, who may pay any account, its own included. So a voucher that
/// matters is redeemed, not kept. The funds of an operator are within reach of nobody else, and there is no owner.
interface IRewards {
    /// @notice An operator's balance grew.
    /// @param operator Whose balance.
    /// @param funder Who paid.
    /// @param amount In wei.
    event Funded(address indexed operator, address indexed funder, uint256 amount);
    /// @notice An account was paid.
    /// @param operator Whose funds.
    /// @param account Who was paid.
    /// @param amount What was sent now, in wei.
    /// @param cumulative What that makes in all, in wei.
    event Paid(address indexed operator, address indexed account, uint256 amount, uint256 cumulative);
    /// @notice The operator announced to take out funds, or took the announcement back.
    /// @param operator Whose funds.
    /// @param amount The most it will take, in wei; 0 when the announcement was taken back.
    /// @param readyAt First second, unix time, at which it can; 0 when the announcement was taken back.
    event WithdrawalAnnounced(address indexed operator, uint256 amount, uint64 readyAt);
    /// @notice The operator took out funds.
    /// @param operator Whose funds.
    /// @param amount In wei.
    event FundsWithdrawn(address indexed operator, uint256 amount);

    /// @notice Nobody could spend it.
    error ZeroOperator();
    /// @notice Nothing to move.
    error ZeroAmount();
    /// @notice The token would be nowhere.
    error ZeroToken();
    /// @notice One amount per account is needed.
    /// @param accounts How many accounts there are.
    /// @param amounts How many amounts there are.
    error LengthMismatch(uint256 accounts, uint256 amounts);
    /// @notice The operator's balance is too small.
    /// @param operator Whose balance.
    /// @param balance What there is, in wei.
    /// @param needed What the call needs, in wei.
    error InsufficientFunds(address operator, uint256 balance, uint256 needed);
    /// @notice The voucher is not signed by its operator.
    error BadVoucherSignature();
    /// @notice Announce first.
    /// @param operator Who tried.
    error NothingAnnounced(address operator);
    /// @notice The notice lasts.
    /// @param readyAt First second, unix time, after it.
    error TooEarly(uint256 readyAt);

    /// @notice Adds to an operator's balance from the caller's allowance.
    /// @dev Reverts, in this order: ZeroOperator, ZeroAmount; then as the token does.
    /// @param operator Whose balance.
    /// @param amount In wei.
    function fund(address operator, uint256 amount) external;

    /// @notice Pays each account up to its cumulative amount from the caller's balance. Amounts that were paid already
    /// pay nothing, so that a batch may be sent again.
    /// @dev All or nothing: reverts with LengthMismatch; with InsufficientFunds when the balance does not cover all; as
    /// the token does when an account cannot hold PRIV (the zero address).
    /// @param accounts Who is paid; an account may stand there twice.
    /// @param cumulative What each has earned in all, in wei.
    function payoutMany(address[] calldata accounts, uint256[] calldata cumulative) external;

    /// @notice Pays a voucher from its operator's balance to its account, whoever sends it. An old voucher pays nothing.
    /// @dev Reverts, in this order: BadVoucherSignature, InsufficientFunds.
    /// @param voucher The operator's word.
    /// @param sig The operator's signature over it.
    function redeem(Voucher calldata voucher, Sig calldata sig) external;

    /// @notice Starts the notice after which the caller may take out funds. Replaces the notice before; 0 cancels it.
    /// @dev Reverts with InsufficientFunds when the amount is above the balance.
    /// @param amount The most to take out, in wei.
    function announceWithdrawal(uint256 amount) external;

    /// @notice Takes out what was announced, or what payouts have left of it, to the caller. More needs a new notice.
    /// @dev Reverts, in this order: NothingAnnounced, TooEarly.
    function withdrawFunds() external;

    /// @notice What the operator has paid an account in all.
    /// @param operator Whose funds.
    /// @param account Who was paid.
    /// @return In wei; it never falls.
    function paid(address operator, address account) external view returns (uint256);

    /// @notice What the operator can still pay.
    /// @param operator Whose funds.
    /// @return In wei.
    function balanceOf(address operator) external view returns (uint256);

    /// @notice The operator's announced withdrawal.
    /// @param operator Whose funds.
    /// @return amount The most it will take, in wei.
    /// @return readyAt First second, unix time, at which it can; 0 when nothing is announced.
    function withdrawals(address operator) external view returns (uint192 amount, uint64 readyAt);
}
